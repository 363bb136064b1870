//! Banks: one that does everything right, and sixteen with one fault each.

use crate::hears::{Lapse, listens};
use crate::{checks, kaguan};
use axum::http::StatusCode;
use kaguan_api::reconcile::{Range, Sums, slot_of};
use kaguan_api::sign::{Public, Secret};
use kaguan_domain::ids::HolderId;
use kaguan_store::LoadRequest;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

/// What a bank does wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    Nothing,
    SignsUnderAnotherKey,
    TakesAnySignature,
    TakesOldRequests,
    TakesANonceTwice,
    TakesAChangedBody,
    TakesGarbage,
    AnswersNothingAndDoesNothing,
    NeverAnswersLater,
    LetsLateMessagesIn,
    AnswersARepeatOtherwise,
    TakesAnUnknownAccount,
    MixesLockAndRestriction,
    SumsWrongly,
    HasTheAccountClosed,
    ForgetsToClose,
}

impl Wrong {
    fn lapse(self) -> Lapse {
        match self {
            Self::SignsUnderAnotherKey => Lapse::OwnKey,
            Self::TakesAnySignature => Lapse::Signature,
            Self::TakesOldRequests => Lapse::Time,
            Self::TakesANonceTwice => Lapse::Nonce,
            Self::TakesAChangedBody => Lapse::Body,
            _ => Lapse::Nothing,
        }
    }
}

struct Bank {
    wrong: Wrong,
    key: [u8; 32],
    card: String,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Account, loss, locked, restricted.
    state: [i64; 4],
    seqs: BTreeMap<&'static str, i64>,
    answered: BTreeMap<i64, Value>,
}

impl Bank {
    fn bits(&self, inner: &Inner) -> i64 {
        let [account, loss, locked, restricted] = inner.state;
        account | loss << 2 | locked << 4 | restricted << 5
    }

    fn link(&self, body: &Value) -> Option<Value> {
        let mut inner = self.inner.lock().unwrap();
        let id = body["id"].as_i64()?;
        if let Some(before) = inner.answered.get(&id) {
            return Some(match self.wrong {
                Wrong::AnswersARepeatOtherwise => {
                    json!({ "answer": { "result": "refused", "reason": "重复" } })
                }
                _ => before.clone(),
            });
        }
        let link = &body["body"];
        let done = json!({ "answer": { "result": "done" } });
        if link["bank_card_no"] != self.card.as_str() {
            return Some(match self.wrong {
                Wrong::TakesAnUnknownAccount => done,
                _ => json!({ "answer": { "result": "refused", "reason": "没有该账户" } }),
            });
        }
        if self.wrong == Wrong::AnswersNothingAndDoesNothing {
            return Some(json!({}));
        }
        let (kind, seq) = (link["kind"].as_str()?, link["seq"].as_i64()?);
        let matter = match kind {
            "lose_temporarily" | "lose_formally" | "release_loss" => "loss",
            "lock" | "unlock" => "lock",
            "close" => "close",
            _ => "restriction",
        };
        let known = inner.seqs.get(matter).copied().unwrap_or(0);
        if seq > known || self.wrong == Wrong::LetsLateMessagesIn {
            inner.seqs.insert(matter, seq);
            match kind {
                "lose_temporarily" => inner.state[1] = 1,
                "lose_formally" => inner.state[1] = 2,
                "release_loss" => inner.state[1] = 0,
                "lock" => inner.state[2] = 1,
                "unlock" => inner.state[2] = 0,
                "restrict" => inner.state[3] = 1,
                "unrestrict" => inner.state[3] = 0,
                _ if self.wrong == Wrong::ForgetsToClose => {}
                _ => inner.state[0] = 2,
            }
            if kind == "unlock" && self.wrong == Wrong::MixesLockAndRestriction {
                inner.state[3] = 0;
            }
        }
        let answer = if self.wrong == Wrong::NeverAnswersLater { json!({}) } else { done };
        inner.answered.insert(id, answer.clone());
        Some(answer)
    }

    fn sums(&self, range: Range) -> Vec<Value> {
        let place = slot_of(&self.key, &self.card);
        let bits = self.bits(&self.inner.lock().unwrap());
        let one = |part: Range| {
            let mut sums = Sums::default();
            if (part.from..part.from + part.size).contains(&place) {
                sums.add(place, bits);
                if self.wrong == Wrong::SumsWrongly && part.size < 1 << 20 {
                    sums.low += 1;
                    sums.high += part.size;
                }
            }
            json!(sums)
        };
        range.parts().map(one).collect()
    }

    fn answer(&self, path: &str, body: &[u8]) -> (StatusCode, Value) {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return (StatusCode::BAD_REQUEST, json!({}));
        };
        let ranges: Option<Vec<Range>> = serde_json::from_value(body["ranges"].clone()).ok();
        let said = match (path, ranges) {
            ("/messages", _) => self.link(&body),
            ("/reconciliation/sums", Some(ranges)) => {
                Some(json!({ "sums": ranges.into_iter().map(|r| self.sums(r)).collect::<Vec<_>>() }))
            }
            ("/reconciliation/rows", Some(ranges)) => {
                let place = slot_of(&self.key, &self.card);
                let bits = self.bits(&self.inner.lock().unwrap());
                let here = ranges.iter().any(|r| (r.from..r.from + r.size).contains(&place));
                let rows: Vec<(i64, i64)> = if here { vec![(place, bits)] } else { Vec::new() };
                Some(json!({ "rows": rows }))
            }
            _ => None,
        };
        match said {
            Some(said) => (StatusCode::OK, said),
            None if self.wrong == Wrong::TakesGarbage => (StatusCode::OK, json!({})),
            None => (StatusCode::BAD_REQUEST, json!({})),
        }
    }
}

/// A province with a bank of ours: its secret, the system's key, the shared key and a card in use.
async fn province(data: &Path) -> (Secret, Public, [u8; 32], String) {
    assert!(kaguan(data, &["demo", "--people", "20", "--exit"]).status.success());
    let secret = Secret::fresh();
    let public = secret.public();
    let register = ["partner", "register", "bank:95588", "--name", "工行", "--public", &public];
    assert!(kaguan(data, &register).status.success());
    let url = format!("sqlite:{}", data.join("kaguan.db").display());
    let store = kaguan_store::Store::open(&url, &data.join("master.key")).await.unwrap();
    let holders = store.holders_after(HolderId(i64::MIN), 500).await.unwrap();
    let loaded = store.load(&LoadRequest { holders, ..LoadRequest::default() }).await.unwrap();
    let cards = loaded.holders.values().flat_map(|f| f.cards.iter());
    let ours = cards.filter(|c| c.bank.as_str() == "95588" && c.in_force());
    let card = ours.min_by_key(|c| c.card_no.as_str().to_owned()).unwrap();
    let card = card.bank_account.bank_card_no.as_str().to_owned();
    let key: &[u8; 32] = &store.shared_with("95588");
    let system = kaguan_web::partner::SigningKey::of(&store, 1).secret.public();
    (secret, Public::parse(&system).unwrap(), *key, card)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bank_that_does_one_thing_wrong_fails_at_that_check_and_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (secret, system, key, card) = province(&data).await;
    let all = [
        (Wrong::Nothing, ""),
        (Wrong::SignsUnderAnotherKey, "应答带有登记公钥的签名"),
        (Wrong::TakesAnySignature, "签名不正确的请求被拒绝（401）"),
        (Wrong::TakesOldRequests, "一小时前的请求被拒绝（401）"),
        (Wrong::TakesANonceTwice, "重复使用的随机串被拒绝（401）"),
        (Wrong::TakesAChangedBody, "签名后被改动的报文被拒绝（401）"),
        (Wrong::TakesGarbage, "无法识别的报文被拒绝（4xx）"),
        (Wrong::AnswersNothingAndDoesNothing, "临时挂失后账户状态为临时挂失"),
        (Wrong::NeverAnswersLater, "联动指令都有结论"),
        (Wrong::LetsLateMessagesIn, "序号较小的迟到报文不改变状态"),
        (Wrong::AnswersARepeatOtherwise, "重复的报文得到同样的应答"),
        (Wrong::TakesAnUnknownAccount, "未知账户的报文被拒绝"),
        (Wrong::MixesLockAndRestriction, "解除锁定不影响限制"),
        (Wrong::SumsWrongly, "各级区间之和与其部分相符"),
        (Wrong::HasTheAccountClosed, "测试账户的起始状态为正常"),
        (Wrong::ForgetsToClose, "注销后账户状态为已销户"),
    ];
    for (wrong, fails) in all {
        let account = if wrong == Wrong::HasTheAccountClosed { 2 } else { 1 };
        let inner = Mutex::new(Inner { state: [account, 0, 0, 0], ..Inner::default() });
        let (secret, system, card) = (secret.clone(), system.clone(), card.clone());
        let bank = Bank { wrong, key, card: card.clone(), inner };
        let says = Box::new(move |path: &str, body: &[u8]| bank.answer(path, body));
        let (endpoint, serving) = listens(wrong.lapse(), secret, system, says).await;
        let (out, page) = (dir.path().join("c.json"), dir.path().join("c.html"));
        let pdf = dir.path().join("c.pdf");
        let (data, paths) = (data.clone(), (out.clone(), page.clone(), pdf.clone()));
        let run = tokio::task::spawn_blocking(move || {
            let [out, page, pdf] = [&paths.0, &paths.1, &paths.2].map(|path| path.to_str().unwrap());
            let args = ["certify", "bank:95588", "--card", &card, "--endpoint", &endpoint, "--out", out];
            kaguan(&data, &[&args[..], &["--page", page, "--pdf", pdf]].concat())
        });
        let run = run.await.unwrap();
        serving.abort();
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        let failed = checks(&out, "failed");
        if wrong == Wrong::Nothing {
            // What nobody did at a counter is not proved, and then nothing is certified.
            let unproved = checks(&out, "unproved");
            assert!(failed.is_empty(), "{said}");
            assert!(unproved.iter().all(|name| ["挂失", "解除挂失"].contains(&name.as_str())), "{said}");
            assert_eq!(run.status.success(), unproved.is_empty(), "{said}");
            continue;
        }
        assert_eq!(failed.first().map(String::as_str), Some(fails), "{wrong:?}: {said}");
        // Whoever does nothing has not answered either.
        let fails = match wrong {
            Wrong::AnswersNothingAndDoesNothing => [fails, "联动指令都有结论"].to_vec(),
            _ => [fails].to_vec(),
        };
        assert!(failed == fails || wrong == Wrong::SignsUnderAnotherKey, "{wrong:?} {failed:?}: {said}");
        if wrong == Wrong::HasTheAccountClosed || wrong == Wrong::AnswersNothingAndDoesNothing {
            assert!(checks(&out, "unproved").len() > 8, "what follows proves nothing: {said}");
        }
        let page = std::fs::read_to_string(&page).unwrap();
        assert!(page.contains(fails[0]) && page.contains("认证未通过"), "{page}");
        let text = Command::new("pdftotext").arg(&pdf).arg("-").output().unwrap();
        let text: String = String::from_utf8_lossy(&text.stdout).split_whitespace().collect();
        assert!(text.contains(fails[0]) && text.contains("认证未通过"), "{text}");
    }
}
