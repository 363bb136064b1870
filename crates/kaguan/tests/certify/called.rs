//! Partners that are called: the treasury, SMS, the e-card platform and the registers, with one fault each.

use crate::caller::{Partnered, doors, partner};
use crate::calling::world;
use crate::hears::{Lapse, listens};
use crate::{checks, kaguan};
use axum::http::StatusCode;
use kaguan_api::bank::Done;
use kaguan_api::online;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::ids::BankCode;
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::permission::Verb;
use kaguan_testkit::World;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a partner says wrongly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    Nothing,
    TakesGarbage,
    AnswersARepeatOtherwise,
    LeavesSomebodyOut,
    PassesEverybody,
    KnowsSomethingOfEverybody,
    AnswersForNobody,
    SeesAFaceInEverything,
}

/// What it says to a path and a body; `times` counts the messages.
fn says(wrong: Wrong, times: &AtomicUsize, path: &str, body: &[u8]) -> (StatusCode, Value) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    if !body.is_object() && wrong != Wrong::TakesGarbage {
        return (StatusCode::BAD_REQUEST, json!({}));
    }
    let people = body["people"].as_array().map_or(0, Vec::len);
    let said = match path {
        "/checks" => {
            let identity = if wrong == Wrong::PassesEverybody { "passed" } else { "not_on_record" };
            let one =
                json!({ "identity": identity, "alive": "not_on_record", "entitlement": "not_on_record" });
            let answered = if wrong == Wrong::LeavesSomebodyOut { 0 } else { people };
            json!({ "checks": vec![one; answered] })
        }
        "/identities" => match (wrong, people) {
            (Wrong::AnswersForNobody, 0) => json!({ "people": [[]] }),
            (Wrong::KnowsSomethingOfEverybody, _) => {
                json!({ "people": vec![json!([{ "number": "440106199001010013" }]); people] })
            }
            (_, people) => json!({ "people": vec![json!([]); people] }),
        },
        "/face-checks" => {
            let same = wrong == Wrong::SeesAFaceInEverything;
            json!({ "result": if same { "same" } else { "not_comparable" }, "reference": "1" })
        }
        _ if wrong == Wrong::AnswersARepeatOtherwise => {
            json!({ "times": times.fetch_add(1, Ordering::Relaxed) })
        }
        _ => json!({}),
    };
    (StatusCode::OK, said)
}

/// Certifies a partner that listens at an address of its own; whether it passed, what failed and what proved nothing.
async fn certified(
    data: &Path,
    who: &Partnered,
    lapse: Lapse,
    wrong: Wrong,
) -> (bool, Vec<String>, Vec<String>) {
    let times = AtomicUsize::new(0);
    let answer = Box::new(move |path: &str, body: &[u8]| says(wrong, &times, path, body));
    let (endpoint, serving) = listens(lapse, who.secret.clone(), who.system.clone(), answer).await;
    let (data, out, id) = (data.to_owned(), data.join("certificate.json"), who.me.clone());
    let report = out.clone();
    let run = tokio::task::spawn_blocking(move || {
        kaguan(&data, &["certify", &id, "--endpoint", &endpoint, "--out", out.to_str().unwrap()])
    });
    let run = run.await.unwrap();
    serving.abort();
    (run.status.success(), checks(&report, "failed"), checks(&report, "unproved"))
}

/// A fee of the holder of a card is paid by this treasury.
async fn paid(w: &World, treasury: &Partnered, app: &Partnered) {
    let (id, card) = w.with_card(1).await;
    let formal = C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    w.about(&Actor::Bank(BankCode("95588".into())), id, formal).await.unwrap();
    let draft = w.draft(1);
    let reissue = online::Replacement {
        card_tail: None,
        holder: online::Holder { number: draft.document_number.clone(), name: draft.name },
        purpose: online::Purpose::Reissue,
        form_no: "44010000099".into(),
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
        agent: None,
    };
    let _: Done = app.post("/api/online/v1/replacements", "r", &reissue).await;
    let payment = json!({
        "form_no": "44010000099", "number": draft.document_number, "receipt": "440000260000000001",
        "amount": 2_000, "currency": "CNY", "check": "A1B2C3", "paid_at": w.clock.now().0 / 1_000,
    });
    let _: Done = treasury.post("/api/treasury/v1/payments", "p", &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_treasury_that_does_one_thing_wrong_fails_at_that_check_and_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    let router = doors(&w);
    let treasury = partner(&w, "treasury:cz", &router).await;
    paid(&w, &treasury, &partner(&w, "online:gdrs", &router).await).await;
    let all = [
        (Lapse::Nothing, Wrong::Nothing, ""),
        (Lapse::OwnKey, Wrong::Nothing, "应答带有登记公钥的签名"),
        (Lapse::Signature, Wrong::Nothing, "签名不正确的请求被拒绝（401）"),
        (Lapse::Time, Wrong::Nothing, "一小时前的请求被拒绝（401）"),
        (Lapse::Nonce, Wrong::Nothing, "重复使用的随机串被拒绝（401）"),
        (Lapse::Body, Wrong::Nothing, "签名后被改动的报文被拒绝（401）"),
        (Lapse::Nothing, Wrong::TakesGarbage, "无法识别的报文被拒绝（4xx）"),
        (Lapse::Nothing, Wrong::AnswersARepeatOtherwise, "重复的报文得到同样的应答"),
    ];
    for (lapse, wrong, fails) in all {
        let (passed, failed, unproved) = certified(dir.path(), &treasury, lapse, wrong).await;
        let expected: Vec<&str> = [fails].into_iter().filter(|f| !f.is_empty()).collect();
        assert_eq!((passed, failed), (fails.is_empty(), expected.iter().map(|f| (*f).to_owned()).collect()));
        // Whoever does not answer what is right has proved nothing by refusing what is wrong.
        assert_eq!(
            unproved.len(),
            if lapse == Lapse::OwnKey { 6 } else { 0 },
            "{lapse:?} {wrong:?}: {unproved:?}"
        );
    }
    // Another treasury, which takes everything and has registered no payment yet.
    let other = partner(&w, "treasury:sz", &router).await;
    let (passed, failed, unproved) = certified(dir.path(), &other, Lapse::Nothing, Wrong::Nothing).await;
    assert_eq!((passed, failed.len(), unproved), (false, 0, vec![Verb::PayFee.name().to_owned()]));
    for id in ["sms:main"] {
        let right = partner(&w, id, &router).await;
        let (passed, failed, unproved) = certified(dir.path(), &right, Lapse::Nothing, Wrong::Nothing).await;
        assert!(passed, "{id}: {failed:?} {unproved:?}");
        let (_, failed, _) =
            certified(dir.path(), &right, Lapse::Nothing, Wrong::AnswersARepeatOtherwise).await;
        assert_eq!(failed, ["重复的报文得到同样的应答"], "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_register_that_says_one_thing_wrong_fails_at_that_check_and_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    let registers = partner(&w, "registers:gd", &doors(&w)).await;
    let all = [
        (Wrong::Nothing, ""),
        (Wrong::LeavesSomebodyOut, "核验按人逐一应答"),
        (Wrong::PassesEverybody, "查无此人的不予通过"),
        (Wrong::KnowsSomethingOfEverybody, "同一人的其他号码和证件按人逐一应答"),
        (Wrong::AnswersForNobody, "不问任何人的，应答为空"),
        (Wrong::SeesAFaceInEverything, "人脸核验：没有人脸的影像不答复一致"),
    ];
    for (wrong, fails) in all {
        let (passed, failed, unproved) = certified(dir.path(), &registers, Lapse::Nothing, wrong).await;
        let expected = [fails].into_iter().filter(|f| !f.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((passed, failed), (fails.is_empty(), expected), "{wrong:?}: {unproved:?}");
    }
}
