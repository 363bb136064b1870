//! The banks' doors.

use crate::caller::{doors, partner};
use axum::http::StatusCode;
use kaguan_api::bank::{
    Activate, Batches, Done, Loss, Manner, OneCard, OpeningResult, OpeningReturn, OpeningRow, Verdict,
};
use kaguan_api::problem::Problem;
use kaguan_api::sign::{self};
use kaguan_domain::clause;
use kaguan_partner_sim::process::bank_card_of;
use kaguan_testkit::{BOTH, On, World};

#[tokio::test]
async fn art_23_a_bank_loses_and_releases_its_own_cards_once_however_often_it_sends() {
    for on in BOTH {
        clause!(R23.1);
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let router = doors(&w);
        let (bank, other) =
            (partner(&w, "bank:95588", &router).await, partner(&w, "bank:95533", &router).await);
        let number = w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned();
        let loss = |formal| Loss { bank_card_no: number.clone(), formal };
        let one = OneCard { bank_card_no: number.clone() };
        let first: Done = bank.post("/api/bank/v1/cards/losses", "loss-1", &loss(true)).await;
        assert_eq!((first.repeated, first.seq), (false, Some(1)));
        let again: Done = bank.post("/api/bank/v1/cards/losses", "loss-1", &loss(true)).await;
        assert_eq!((again.entry, again.repeated, again.seq), (first.entry, true, Some(1)));
        let reused = bank.refused("/api/bank/v1/cards/losses", "loss-1", &loss(false)).await;
        assert_eq!(reused.code, "request_key_reused");
        let reused = bank.refused("/api/bank/v1/cards/releases", "loss-1", &one).await;
        assert_eq!(reused.code, "request_key_reused", "the same key at another address");
        let theirs = other.refused("/api/bank/v1/cards/releases", "release-1", &one).await;
        let nobodys = serde_json::json!({ "bank_card_no": "6295588199999999999" });
        let nobodys = other.refused("/api/bank/v1/cards/releases", "release-2", &nobodys).await;
        assert_eq!((theirs.code.as_str(), theirs.status), ("not_found", 404));
        assert_eq!(theirs, nobodys, "nobody learns by asking which numbers there are");
        assert_eq!(nobodys.clause, "R26.1", "by the article of the business");
        assert!(nobodys.detail.contains("第26条") && !nobodys.detail.contains("第8条"), "{}", nobodys.detail);
        let lost = bank.refused("/api/bank/v1/cards/losses", "loss-2", &loss(true)).await;
        assert_eq!((lost.code.as_str(), lost.status, lost.clause.as_str()), ("already_lost", 409, "R23.1"));
        assert!(lost.detail.contains("《经办规程》"), "{}", lost.detail);
        let done: Done = bank.post("/api/bank/v1/cards/releases", "release-1", &one).await;
        assert_eq!(done.seq, Some(2));
        assert!(w.file(id).await.0.cards[0].in_force());
        let (status, body) = bank.call("GET", "/api/requests/v1/loss-1", None, b"").await;
        assert_eq!(status, StatusCode::OK);
        assert!(String::from_utf8_lossy(&body).contains("loss.report_formal"));
        let (status, body) = other.call("GET", "/api/requests/v1/loss-1", None, b"").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let unknown: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(unknown.clause, "", "the regulation says nothing of earlier requests");
        assert!(!unknown.detail.contains("依据"), "{}", unknown.detail);
        let (status, body) = bank.call("POST", "/api/bank/v1/cards/losses", None, b"{}").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{}", String::from_utf8_lossy(&body));
        let garbled = bank.refused("/api/bank/v1/cards/losses", "loss-3", &"x").await;
        assert_eq!(garbled.code, "bad_request");
        let unknown = OneCard { bank_card_no: "6295588000000000000".into() };
        assert_eq!(bank.refused("/api/bank/v1/cards/releases", "r-2", &unknown).await.status, 404);
        let manner = Activate { bank_card_no: number.clone(), manner: Manner::FaceToFace };
        assert_eq!(
            bank.refused("/api/bank/v1/cards/activations", "a-1", &manner).await.code,
            "already_active"
        );
        w.verified().await;
    }
}

#[tokio::test]
async fn art_26_a_banks_own_counter_releases_a_childs_card_and_answers_for_the_guardian_itself() {
    clause!(R26.1);
    clause!(R8.2);
    let w = World::new(On::Memory).await;
    let (id, _, _) = w.with_child(1).await;
    let router = doors(&w);
    let bank = partner(&w, "bank:95588", &router).await;
    let number = w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned();
    let loss = Loss { bank_card_no: number.clone(), formal: false };
    let _: Done = bank.post("/api/bank/v1/cards/losses", "l-1", &loss).await;
    let one = OneCard { bank_card_no: number };
    let _: Done = bank.post("/api/bank/v1/cards/releases", "r-1", &one).await;
    assert!(w.file(id).await.0.cards[0].loss().is_none());
    w.verified().await;
}

#[tokio::test]
async fn appendix_7_2_a_bank_takes_the_data_and_returns_them_row_by_row() {
    clause!(X7.2);
    let w = World::new(On::Memory).await;
    for n in 1..=5 {
        w.applicant(n, w.outlet()).await;
    }
    let batch = w.confirmed_batch().await;
    let router = doors(&w);
    let (bank, other) = (partner(&w, "bank:95588", &router).await, partner(&w, "bank:95533", &router).await);
    let (_, body) = bank.call("GET", "/api/bank/v1/batches", None, b"").await;
    let list: Batches = serde_json::from_slice(&body).unwrap();
    assert_eq!((list.batches.len(), list.batches[0].people), (1, 5));
    let data = format!("/api/bank/v1/batches/{batch}/opening-data");
    assert_eq!(other.call("POST", &data, None, b"").await.0, StatusCode::FORBIDDEN);
    let rows = |body: &[u8]| -> Vec<OpeningRow> {
        body.split(|b| *b == b'\n')
            .filter(|l| !l.is_empty())
            .map(|l| serde_json::from_slice(l).unwrap())
            .collect()
    };
    let (_, page) = bank.call("POST", &format!("{data}?limit=2"), None, b"").await;
    let mut all = rows(&page);
    let (_, rest) = bank.call("POST", &format!("{data}?after={}", all[1].row), None, b"").await;
    all.extend(rows(&rest));
    assert_eq!(all.len(), 5);
    let mut lines = Vec::new();
    for (n, row) in all.iter().enumerate() {
        let mut echo = row.clone();
        if n == 1 {
            echo.name = "李四".into();
        }
        let result = match n {
            // A bank's own words are its own, whatever code it has for them.
            2 => OpeningResult::Failed {
                code: "changed_field".into(), reason: "职业信息缺失：请补".into()
            },
            3 => OpeningResult::Opened { bank_card_no: "123".into(), account_no: format!("a{n}") },
            _ => OpeningResult::Opened {
                bank_card_no: bank_card_of("95588", &row.card_no),
                account_no: format!("a{n}"),
            },
        };
        lines.push(serde_json::to_string(&OpeningReturn { echo, details: None, result }).unwrap());
    }
    lines.push("{\"row\":".into());
    let body = lines.join("\n");
    let back = format!("/api/bank/v1/batches/{batch}/opening-returns");
    let send = async |key: &str| -> Vec<Verdict> {
        let (status, body) = bank.call("POST", &back, Some(key), body.as_bytes()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
        body.split(|b| *b == b'\n')
            .filter(|l| !l.is_empty())
            .map(|l| serde_json::from_slice(l).unwrap())
            .collect()
    };
    let codes = |v: &[Verdict]| v.iter().map(|v| v.code.clone()).collect::<Vec<_>>();
    let first = send("return-1").await;
    let expected = ["done", "partner_changed_field", "done", "material_defective", "done", "bad_row"];
    assert_eq!(codes(&first), expected);
    assert!(first.iter().zip(1..).all(|(v, n)| v.line == n), "in the order of the rows");
    assert!(first[1].detail.contains("姓名"), "{}", first[1].detail);
    assert_eq!(send("return-2").await, first, "a row's own key finds the answer that it had");
    // The call's own key names this body, and its line says that it has come.
    let (status, said) = bank.call("POST", &back, Some("return-1"), lines[0].as_bytes()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(String::from_utf8_lossy(&said).contains("request_key_reused"));
    assert_eq!(bank.call("GET", "/api/requests/v1/return-1", None, b"").await.0, StatusCode::OK);
    // What is said otherwise of a row that has its answer is told as that, under whatever key it comes.
    let other = lines[0].replace("\"account_no\":\"a0\"", "\"account_no\":\"b\"");
    assert_ne!(other, lines[0]);
    let (_, said) = bank.call("POST", &back, Some("other-1"), other.as_bytes()).await;
    assert_eq!(serde_json::from_slice::<Verdict>(said.trim_ascii()).unwrap().code, "row_answered");
    // A row that cannot be read is named, and told what is wrong with it.
    let typo = lines[3].replace("account_no", "acount_no");
    let (_, said) = bank.call("POST", &back, Some("other-2"), typo.as_bytes()).await;
    let said: Verdict = serde_json::from_slice(said.trim_ascii()).unwrap();
    assert_eq!((said.code.as_str(), said.row.as_str()), ("bad_row", all[3].row.as_str()));
    assert!(said.detail.contains("account_no") && said.defects.len() == 2, "{said:?}");
    let early = format!("/api/bank/v1/batches/{batch}/close");
    assert_eq!(bank.call("POST", &early, None, b"").await.0, StatusCode::CONFLICT, "a row is outstanding");
    // The file twin: the rows that are left, as a text file of Appendix 9's shape.
    let mut ask = bank.request("POST", &data, None, b"", &sign::fresh_nonce(), bank.time);
    ask.headers_mut().insert("accept", "text/plain".parse().unwrap());
    let (_, file, _) = bank.send(ask).await;
    let file = String::from_utf8(file).unwrap();
    assert!(file.starts_with("1\n序号,行号,申领表编码"), "{file}");
    let left = all[3].clone();
    let result =
        OpeningResult::Opened { bank_card_no: bank_card_of("95588", &left.card_no), account_no: "a".into() };
    let twin = kaguan_api::text::write_returns(&[OpeningReturn { echo: left, details: None, result }]);
    let send_file = async |file: &str| {
        let mut send =
            bank.request("POST", &back, Some("file-1"), file.as_bytes(), &sign::fresh_nonce(), bank.time);
        send.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        bank.send(send).await
    };
    assert_eq!(
        send_file(&twin.replacen('1', "2", 1)).await.0,
        StatusCode::BAD_REQUEST,
        "the count does not fit"
    );
    let (_, done, _) = send_file(&twin).await;
    assert_eq!(serde_json::from_slice::<Verdict>(done.trim_ascii()).unwrap().code, "done");
    let close = format!("/api/bank/v1/batches/{batch}/close");
    for key in [None, Some("close-1"), Some("close-1")] {
        let (status, body) = bank.call("POST", &close, key, b"").await;
        assert_eq!(status, StatusCode::OK, "again as well: {}", String::from_utf8_lossy(&body));
    }
    w.verified().await;
}
