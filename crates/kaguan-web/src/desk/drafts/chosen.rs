//! What of a kept form was chosen and not typed: it is shown beside what can be changed, for nobody confirms what he does not see.

use crate::Console;
use crate::happened::{fingerprint, partner_name, said_of_partner};
use crate::institution::officers::{name_of, said_of};
use crate::session::SignedIn;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::{CardId, CityCode, HolderId, OfficerId, OrgId, PartnerId};
use kaguan_service::roles;
use std::collections::BTreeMap;

/// Why a person is looked at here.
const WHY: &str = "继续办理保留的表单前核对持卡人（脱敏显示）";

/// What a form does, where one page has several.
const ACTS: [(&str, &str); 14] = [
    ("add", "新增人员"),
    ("move", "调岗"),
    ("start", "恢复账号"),
    ("reset", "重置登录密码"),
    ("second_factor", "重置动态口令"),
    ("register", "登记合作方"),
    ("reach", "变更接口地址"),
    ("key", "更换公钥"),
    ("system_key", "更换系统密钥"),
    ("temporary", "临时挂失"),
    ("formal", "正式挂失"),
    ("true", "同意"),
    ("false", "不同意"),
    ("1", "是"),
];

fn act(code: &str) -> Option<String> {
    ACTS.iter().find(|(known, _)| *known == code).map(|(_, name)| (*name).to_owned())
}

/// What a value of the institution room means: its label and its words.
fn meant(institutions: &Institutions, form: &str, name: &str, value: &str) -> Option<(&'static str, String)> {
    let number = || value.parse::<i64>().ok();
    let moment = || value.replace('T', " ");
    Some(match name {
        "officer" => ("账号", name_of(institutions, Some(OfficerId(number()?)))),
        "org" => {
            let by_id = number().and_then(|id| institutions.org(OrgId(id)));
            let org = by_id.or_else(|| institutions.org_by_code(value));
            ("机构", org.map_or(value, |org| org.name.as_str()).to_owned())
        }
        "role" => {
            ("岗位", roles().into_iter().find(|(code, _)| *code == value).map(|(_, name)| name.to_owned())?)
        }
        "login" => ("登录名", value.to_owned()),
        "what" | "kind" => ("事项", act(value)?),
        "approved" | "granted" => ("意见", act(value)?),
        "partner" => ("合作方", partner_name(institutions, &PartnerId::parse(value)?)),
        "key" => ("公钥名称", value.to_owned()),
        "public" => {
            let digits: String = value.split_whitespace().collect();
            ("公钥指纹（SM3）", fingerprint(&digits.to_lowercase()))
        }
        "endpoint" => ("接口地址", value.to_owned()),
        "city" => ("地市", CityCode(value.to_owned()).name().to_owned()),
        "from" => ("自", moment()),
        "until" => ("至", moment()),
        "to" => ("至", moment()),
        "id" if form.starts_with("/officers/") => {
            ("变更", said_of(institutions, institutions.officer_change(number()?)?))
        }
        "id" if form.starts_with("/partners/") => {
            ("变更", said_of_partner(institutions, institutions.partner_change(number()?)?))
        }
        _ => return None,
    })
}

/// What was chosen in a kept form, with its label, and how many items there are no words for. Whom it is about is looked at, which leaves
/// its line.
pub async fn chosen(
    console: &Console,
    me: &SignedIn,
    form: &str,
    typed: &BTreeMap<String, String>,
) -> (Vec<(&'static str, String)>, usize) {
    let institutions = console.service.institutions();
    let (mut known, mut others) = (Vec::new(), 0);
    let number = |name: &str| typed.get(name).and_then(|value| value.parse::<i64>().ok());
    let seen = match number("holder") {
        Some(holder) => match console.service.look(me.ctx(console), HolderId(holder), WHY).await {
            Ok(seen) => Some(seen),
            Err(why) => {
                known.push(("持卡人", why.to_string()));
                None
            }
        },
        None => None,
    };
    for (name, value) in typed.iter().filter(|(_, value)| !value.is_empty()) {
        let card = || number("card").and_then(|id| seen.as_ref()?.file.card(CardId(id)));
        let person = || seen.as_ref()?.file.person.as_ref();
        let said = match name.as_str() {
            "holder" => person()
                .map(|p| ("持卡人", format!("{}　{}", p.details.name.masked(), p.details.ssn.masked()))),
            "card" => card().map(|c| ("社保卡", c.card_no.masked())),
            name => meant(&institutions, form, name, value),
        };
        match said {
            Some(said) => known.push(said),
            None => others += 1,
        }
    }
    (known, others)
}
