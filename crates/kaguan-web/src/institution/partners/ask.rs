//! What is asked of a partner, as it was typed.

use jiff::civil::DateTime;
use kaguan_api::sign::Public;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Ctx, Instant};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::partner::{Partner, PartnerChange, PartnerKey};
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::{defects_of_entry, defects_of_key, defects_of_proposal, defects_of_reason};
use kaguan_domain::refusal::{Reason, Refusal};
use serde::Deserialize;

/// What is asked of a partner, as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct AskPartner {
    /// `register`, `reach`, `key` or `system_key`.
    pub what: String,
    /// `kind:code`.
    pub partner: String,
    /// Kind and code of a new one.
    pub kind: String,
    pub code: String,
    pub name: String,
    pub endpoint: String,
    pub key: String,
    pub public: String,
    /// From when on a key holds, local, `2026-12-10T00:00`; now when it is empty.
    pub from: String,
    /// Until when the earlier ones do.
    pub until: String,
    pub reason: String,
}

/// A local moment, `2026-12-10T00:00`.
pub fn moment(text: &str) -> Option<Instant> {
    let at: DateTime = text.trim().parse().ok()?;
    Some(Instant(jiff::tz::offset(8).to_timestamp(at).ok()?.as_microsecond()))
}

impl AskPartner {
    /// The change, or everything that is wrong with what was typed: what is no moment, no code and no key is found here, and what the
    /// rule finds wrong besides is told with it.
    pub fn read(&self, institutions: &Institutions, ctx: &Ctx) -> Result<PartnerChange, Refusal> {
        let mut wrong = Vec::new();
        let mut at = |text: &str, what: &str| {
            let read = moment(text);
            let typed = !text.trim().is_empty();
            wrong.extend((typed && read.is_none()).then(|| format!("{what}应为日期和时间")));
            read
        };
        let begins = if self.what == "system_key" { "启用时间" } else { "生效时间" };
        let (from, until) = (at(&self.from, begins), at(&self.until, "失效时间"));
        let named = if self.what == "register" {
            format!("{}:{}", self.kind, self.code.trim())
        } else {
            self.partner.clone()
        };
        let id = PartnerId::parse(&named);
        if id.is_none() && self.what != "system_key" {
            let why = "合作方种类或代码不正确：服务银行为五位银行代码，卡商为一位代码，其他为字母数字";
            wrong.push(why.into());
        }
        let endpoint = Some(self.endpoint.trim().to_owned()).filter(|e| !e.is_empty());
        let public = self.public.split_whitespace().collect::<String>().to_lowercase();
        let has_key = ["register", "key"].contains(&self.what.as_str());
        if has_key && Public::parse(&public).is_err() {
            wrong.push("公钥不是SM2曲线上的点：应为04开头的130位十六进制".into());
        }
        let key =
            PartnerKey { id: self.key.trim().into(), public, from: from.unwrap_or(ctx.now), until: None };
        // Of what is no change yet only its parts can be looked at.
        let name = if self.what == "register" { self.name.as_str() } else { "-" };
        let mut parts = defects_of_entry(name, endpoint.as_deref());
        parts.extend(has_key.then(|| defects_of_key(&key)).into_iter().flatten());
        parts.extend(defects_of_reason(&self.reason));
        if self.what == "system_key" && self.from.trim().is_empty() {
            wrong.push("未填写启用时间".into());
        }
        let defective = |wrong: Vec<String>| {
            Refusal::about(Reason::MaterialDefective, wrong.join("；")).under(clause!(R6.1))
        };
        let change = match (self.what.as_str(), id) {
            ("register", Some(id)) => Some(PartnerChange::Register(Partner {
                id,
                name: self.name.trim().into(),
                endpoint,
                keys: vec![key],
            })),
            ("reach", Some(partner)) => Some(PartnerChange::Reach { partner, endpoint }),
            ("key", Some(partner)) => Some(PartnerChange::AddKey { partner, key, others_until: until }),
            ("system_key", _) => from.map(|from| PartnerChange::ChangeSystemKey { from }),
            _ => None,
        };
        match change {
            Some(change) if wrong.is_empty() => Ok(change),
            Some(change) => {
                wrong.extend(defects_of_proposal(institutions, &change, &self.reason, ctx));
                Err(defective(wrong))
            }
            None if wrong.is_empty() => Err(defective(vec!["没有选择变更的内容".into()])),
            None => {
                wrong.extend(parts);
                Err(defective(wrong))
            }
        }
    }
}
