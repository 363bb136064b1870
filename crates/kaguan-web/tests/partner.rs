//! The partners' doors: signatures, idempotency, scope, bulk, the published document.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use kaguan_api::bank::{
    Activate, Batches, Done, Loss, Manner, OneCard, OpeningResult, OpeningReturn, OpeningRow, Verdict,
};
use kaguan_api::business::{Answers, Ask, AskMany, CardStatus, Session};
use kaguan_api::held::Held;
use kaguan_api::online;
use kaguan_api::problem::Problem;
use kaguan_api::sign::{self, Public, Secret, Shared};
use kaguan_domain::application::form::BankCode;
use kaguan_domain::clause;
use kaguan_domain::command::HolderCommand as C;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::institution::{InstitutionCommand, Partner, PartnerId, PartnerKey};
use kaguan_domain::loss::ReportFormal;
use kaguan_partner_sim::process::bank_card_of;
use kaguan_service::Command;
use kaguan_testkit::{BOTH, On, World};
use kaguan_web::partner::SystemHand;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

struct Partnered {
    router: Router,
    me: String,
    secret: Secret,
    system: Public,
    time: i64,
}

/// A partner with a key, and the doors.
async fn partner(w: &World, id: &str, router: &Router) -> Partnered {
    let secret = Secret::fresh();
    let key = PartnerKey { id: "key-1".into(), public: secret.public(), from: Instant(0), until: None };
    let entry =
        Partner {
            id: PartnerId::parse(id).unwrap(), name: "合作方".into(), endpoint: None, keys: vec![key]
        };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
    let system = Public::parse(&SystemHand::of(w.service.store(), 1).secret.public()).unwrap();
    Partnered { router: router.clone(), me: id.into(), secret, system, time: w.service.now().0 / 1_000 }
}

fn doors(w: &World) -> Router {
    kaguan_web::partner::router(w.service.clone())
}

impl Partnered {
    async fn send(&self, request: Request<Body>) -> (StatusCode, Vec<u8>, Option<String>) {
        let nonce = request.headers().get(sign::NONCE).map(|n| n.to_str().unwrap().to_owned());
        let reply = self.router.clone().oneshot(request).await.unwrap();
        let status = reply.status();
        let header = |name: &str| reply.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (key, time, signature) = (header(sign::KEY), header(sign::TIME), header(sign::SIGNATURE));
        let body = to_bytes(reply.into_body(), usize::MAX).await.unwrap().to_vec();
        let key = key.expect("every reply is signed");
        if !key.starts_with("session:") {
            let nonce = nonce.unwrap_or_else(|| "-".into());
            let time = time.unwrap().parse().unwrap();
            let reply = sign::Reply { status: status.as_u16(), nonce: &nonce, key: &key, time, body: &body };
            assert!(self.system.verify(&reply.canonical(), &signature.unwrap()));
        }
        (status, body, Some(key))
    }

    /// A request with everything right, which the test then spoils.
    fn request(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &[u8],
        nonce: &str,
        time: i64,
    ) -> Request<Body> {
        let (partner, digest) = (self.me.as_str(), &*sign::digest(body));
        let signed =
            sign::Request { method, path, partner, key: "key-1", time, nonce, idempotency: key, digest };
        let canonical = signed.canonical();
        let mut r = Request::builder()
            .method(method)
            .uri(path)
            .header(sign::PARTNER, &self.me)
            .header(sign::KEY, "key-1")
            .header(sign::TIME, time.to_string())
            .header(sign::NONCE, nonce)
            .header(sign::DIGEST, digest)
            .header(sign::SIGNATURE, self.secret.sign(&canonical));
        if let Some(key) = key {
            r = r.header(sign::IDEMPOTENCY, key);
        }
        r.body(Body::from(body.to_vec())).unwrap()
    }

    async fn call(&self, method: &str, path: &str, key: Option<&str>, body: &[u8]) -> (StatusCode, Vec<u8>) {
        let nonce = sign::fresh_nonce();
        let (status, body, _) = self.send(self.request(method, path, key, body, &nonce, self.time)).await;
        (status, body)
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, key: &str, body: &impl Serialize) -> T {
        let (status, body) = self.call("POST", path, Some(key), &serde_json::to_vec(body).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    async fn refused(&self, path: &str, key: &str, body: &impl Serialize) -> Problem {
        let (status, body) = self.call("POST", path, Some(key), &serde_json::to_vec(body).unwrap()).await;
        assert!(!status.is_success(), "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    async fn code(&self, request: Request<Body>) -> String {
        let (_, body, _) = self.send(request).await;
        serde_json::from_slice::<Problem>(&body).unwrap().code
    }
}

async fn entries(w: &World) -> usize {
    w.service.store().entries_from(1, 100_000).await.unwrap().len()
}

#[tokio::test]
async fn what_is_not_signed_as_it_should_be_is_refused_with_its_code_and_changes_nothing() {
    let w = World::new(On::Memory).await;
    let (_, card) = w.with_card(1).await;
    let _ = card;
    let router = doors(&w);
    let bank = partner(&w, "bank:95588", &router).await;
    let before = entries(&w).await;
    let path = "/api/bank/v1/batches";
    let good = |nonce: &str| bank.request("GET", path, None, b"", nonce, bank.time);
    let spoil = |name: &'static str, value: &str| {
        let mut r = good(&sign::fresh_nonce());
        r.headers_mut().insert(name, value.parse().unwrap());
        r
    };
    let mut bare = good(&sign::fresh_nonce());
    bare.headers_mut().remove(sign::SIGNATURE);
    assert_eq!(bank.code(bare).await, "signature_missing");
    assert_eq!(bank.code(spoil(sign::PARTNER, "bank:99999")).await, "partner_unknown");
    assert_eq!(bank.code(spoil(sign::PARTNER, "nobody")).await, "partner_unknown");
    assert_eq!(bank.code(spoil(sign::KEY, "key-2")).await, "key_unknown");
    assert_eq!(bank.code(spoil(sign::SIGNATURE, "AAAA")).await, "signature_invalid");
    assert_eq!(bank.code(spoil(sign::TIME, &(bank.time + 1).to_string())).await, "signature_invalid");
    assert_eq!(bank.code(spoil(sign::TIME, "noon")).await, "bad_request");
    assert_eq!(bank.code(spoil(sign::DIGEST, &sign::digest(b"other"))).await, "signature_invalid");
    assert_eq!(
        bank.code(spoil(sign::IDEMPOTENCY, "added")).await,
        "signature_invalid",
        "the key is signed too"
    );
    // Of whoever does not sign nothing is read: the body would end the test.
    let unread = Body::from_stream(futures_util::stream::once(async {
        panic!("a stranger's body is read");
        #[expect(unreachable_code, reason = "gives the stream its type")]
        Ok::<&[u8], std::io::Error>(b"")
    }));
    let (mut head, _) = bank
        .request("POST", "/api/bank/v1/cards/losses", Some("k"), b"x", "0123456789abcdeF", bank.time)
        .into_parts();
    head.headers.insert(sign::SIGNATURE, "AAAA".parse().unwrap());
    assert_eq!(bank.code(Request::from_parts(head, unread)).await, "signature_invalid");
    let large = vec![b'x'; 3 << 20];
    let losses = "/api/bank/v1/cards/losses";
    let large = bank.request("POST", losses, Some("k"), &large, &sign::fresh_nonce(), bank.time);
    assert_eq!(bank.code(large).await, "too_large");
    let page = Request::builder().uri("/nothing").body(Body::empty()).unwrap();
    assert_eq!(
        router.clone().oneshot(page).await.unwrap().status(),
        StatusCode::NOT_FOUND,
        "no page of ours"
    );
    let other_body = {
        let signed = bank.request("GET", path, None, b"", "0123456789abcdef", bank.time);
        let (parts, _) = signed.into_parts();
        Request::from_parts(parts, Body::from("changed"))
    };
    assert_eq!(bank.code(other_body).await, "signature_invalid");
    for off in [-400_000, 400_000] {
        let stale = bank.request("GET", path, None, b"", &sign::fresh_nonce(), bank.time + off);
        assert_eq!(bank.code(stale).await, "clock_skew");
    }
    let before_the_process = bank.request("GET", path, None, b"", &sign::fresh_nonce(), bank.time - 1);
    assert_eq!(bank.code(before_the_process).await, "clock_skew", "its nonces are gone");
    let nonce = sign::fresh_nonce();
    assert_eq!(bank.send(good(&nonce)).await.0, StatusCode::OK);
    assert_eq!(bank.code(good(&nonce)).await, "nonce_used");
    assert_eq!(bank.code(good("short")).await, "bad_request");
    let (status, body) = bank.call("GET", "/api/vendor/v1/batches", None, b"").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{}", String::from_utf8_lossy(&body));
    assert_eq!(bank.call("GET", "/api/bank/v1/nothing", None, b"").await.0, StatusCode::NOT_FOUND);
    assert_eq!(bank.call("DELETE", path, None, b"").await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(entries(&w).await, before, "nothing changed, and nothing is journaled of strangers");
}

#[tokio::test]
async fn a_key_is_changed_without_a_gap_and_an_ended_one_is_refused() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut bank = partner(&w, "bank:95588", &router).await;
    let id = PartnerId::parse("bank:95588").unwrap();
    let (old, new) = (bank.secret.clone(), Secret::fresh());
    let key = PartnerKey { id: "key-2".into(), public: new.public(), from: w.service.now(), until: None };
    let add = InstitutionCommand::AddPartnerKey { partner: id.clone(), key };
    w.system(Command::Institution(add)).await.unwrap();
    assert_eq!(
        bank.call("GET", "/api/bank/v1/batches", None, b"").await.0,
        StatusCode::OK,
        "the old one holds"
    );
    let end = InstitutionCommand::EndPartnerKey { partner: id, key: "key-1".into(), until: w.service.now() };
    w.system(Command::Institution(end)).await.unwrap();
    assert_eq!(bank.call("GET", "/api/bank/v1/batches", None, b"").await.0, StatusCode::UNAUTHORIZED);
    bank.secret = new;
    let nonce = sign::fresh_nonce();
    let signed = sign::Request {
        method: "GET",
        path: "/api/bank/v1/batches",
        partner: "bank:95588",
        key: "key-2",
        time: bank.time,
        nonce: &nonce,
        idempotency: None,
        digest: &sign::digest(b""),
    };
    let mut request = bank.request("GET", "/api/bank/v1/batches", None, b"", &nonce, bank.time);
    request.headers_mut().insert(sign::KEY, "key-2".parse().unwrap());
    request.headers_mut().insert(sign::SIGNATURE, bank.secret.sign(&signed.canonical()).parse().unwrap());
    assert_eq!(bank.send(request).await.0, StatusCode::OK);
    drop(old);
}

#[tokio::test]
async fn art_23_a_bank_loses_and_releases_its_own_cards_once_however_often_it_sends() {
    for on in BOTH {
        clause!(R23.1);
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let router = doors(&w);
        let (bank, other) =
            (partner(&w, "bank:95588", &router).await, partner(&w, "bank:95533", &router).await);
        let number = w.file(id).await.0.cards[0].account_no.bank_card_no.as_str().to_owned();
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
        assert_eq!((theirs.code.as_str(), theirs.status), ("not_your_data", 403));
        let lost = bank.refused("/api/bank/v1/cards/losses", "loss-2", &loss(true)).await;
        assert_eq!((lost.code.as_str(), lost.status, lost.clause.as_str()), ("already_lost", 409, "R23.1"));
        assert!(lost.detail.contains("《经办规程》"), "{}", lost.detail);
        let done: Done = bank.post("/api/bank/v1/cards/releases", "release-1", &one).await;
        assert_eq!(done.seq, Some(2));
        assert!(w.file(id).await.0.cards[0].in_force());
        let (status, body) = bank.call("GET", "/api/requests/v1/loss-1", None, b"").await;
        assert_eq!(status, StatusCode::OK);
        assert!(String::from_utf8_lossy(&body).contains("loss.report_formal"));
        assert_eq!(other.call("GET", "/api/requests/v1/loss-1", None, b"").await.0, StatusCode::NOT_FOUND);
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
            2 => OpeningResult::Failed { code: "KYC01".into(), reason: "职业信息缺失".into() },
            3 => OpeningResult::Opened { bank_card_no: "123".into(), account_no: "a".into() },
            _ => OpeningResult::Opened {
                bank_card_no: bank_card_of("95588", &row.card_no),
                account_no: "a".into(),
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
    assert_eq!(codes(&send("return-2").await), expected, "a row's own key finds the answer that it had");
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
    let (status, body) = bank.call("POST", &close, None, b"").await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    w.verified().await;
}

#[tokio::test]
async fn art_24_a_holder_online_is_known_by_number_name_and_bank() {
    clause!(R24.1);
    clause!(R27.5);
    clause!(X10.1);
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let router = doors(&w);
    let app = partner(&w, "online:gdrs", &router).await;
    let draft = w.draft(1);
    let holder = |name: &str| online::Holder { number: draft.document_number.clone(), name: name.into() };
    let mine = || online::Mine { holder: holder(&draft.name) };
    let progress: online::Progress = app.post("/api/online/v1/progress", "p", &mine()).await;
    assert_eq!(progress.applications[0].step, "银行激活");
    let stranger = online::Mine { holder: holder("李四") };
    assert_eq!(app.refused("/api/online/v1/progress", "p", &stranger).await.code, "loss_identity_mismatch");
    let looks = w.service.store().entries_of_command("application.progress", 1, 10).await.unwrap();
    let who: Vec<_> = looks.iter().map(|l| (l.actor.as_str(), l.subject.starts_with("holder:"))).collect();
    assert_eq!(who, [("online:gdrs", true)], "art. 39: who looked, and at whom");
    let lose = |bank: &str| online::Loss { holder: holder(&draft.name), bank: bank.into() };
    let wrong = app.refused("/api/online/v1/losses", "l-1", &lose("95533")).await;
    assert_eq!(wrong.code, "loss_identity_mismatch");
    let done: Done = app.post("/api/online/v1/losses", "l-2", &lose("95588")).await;
    assert_eq!(done.seq, Some(1));
    assert!(!w.file(id).await.0.cards[0].in_force());
    let replacement = online::Replacement {
        holder: holder(&draft.name),
        purpose: online::Purpose::Reissue,
        form_no: "44010000099".into(),
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
    };
    let early = app.refused("/api/online/v1/replacements", "r-1", &replacement).await;
    assert_eq!(early.code, "formal_loss_needed");
    let formal = C::ReportFormalLoss(ReportFormal { card: w.card_of(id).await });
    w.about(&Actor::Bank(BankCode("95588".into())), id, formal).await.unwrap();
    let filed: Done = app.post("/api/online/v1/replacements", "r-2", &replacement).await;
    let again: Done = app.post("/api/online/v1/replacements", "r-2", &replacement).await;
    assert_eq!((again.entry, again.repeated), (filed.entry, true));
    let cards: online::Cards = app.post("/api/online/v1/one-card/find", "f", &mine()).await;
    assert_eq!(cards.cards.len(), 1);
    assert!(cards.cards[0].card_no.contains('*'), "masked");
    let form = [("name", "张三"), ("shoe_size", "42")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let application = online::Application {
        form,
        photo: None,
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
    };
    let form = std::collections::BTreeMap::new();
    let nobodys = online::Application { photo: Some("00".repeat(32)), form, ..application.clone() };
    assert_eq!(app.refused("/api/online/v1/applications", "a-0", &nobodys).await.code, "not_found");
    let strange = app.refused("/api/online/v1/applications", "a-1", &application).await;
    assert!(strange.detail.contains("shoe_size"), "{}", strange.detail);
    let form = [("name".to_owned(), "张三".to_owned())].into();
    let empty =
        app.refused("/api/online/v1/applications", "a-2", &online::Application { form, ..application }).await;
    assert_eq!(empty.code, "material_defective");
    assert!(empty.defects.len() > 5, "every defect at once: {}", empty.defects.len());
    w.verified().await;
}

#[tokio::test]
async fn art_3_2_a_hospital_asks_single_in_bulk_within_a_session_and_while_the_line_is_down() {
    clause!(R3.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    w.applicant(2, w.outlet()).await;
    let router = doors(&w);
    let hospital = partner(&w, "business:gzyy", &router).await;
    let (one, two) = (w.draft(1).document_number, w.draft(2).document_number);
    let ask = Ask { number: one.clone() };
    let status: CardStatus = hospital.post("/api/business/v1/cards/status", "s", &ask).await;
    assert!(status.in_force && status.holds.is_empty());
    let many = AskMany { numbers: vec![one, two, "1".into()] };
    let answers: Answers = hospital.post("/api/business/v1/cards/statuses", "m", &many).await;
    let in_force: Vec<_> = answers.answers.iter().map(|a| a.status.as_ref().map(|s| s.in_force)).collect();
    assert_eq!(in_force, [Some(true), Some(false), None]);
    let session: Session = hospital.post("/api/session/v1", "x", &"").await;
    let shared = Shared::open(&session.key, &hospital.secret).unwrap();
    let body = serde_json::to_vec(&ask).unwrap();
    let within = |me: &str, nonce: &str, good: bool| {
        let key = format!("session:{}", session.session);
        let path = "/api/business/v1/cards/status";
        let signed = sign::Request {
            method: "POST",
            path,
            partner: me,
            key: &key,
            time: hospital.time,
            nonce,
            idempotency: None,
            digest: &sign::digest(&body),
        };
        let signature = if good { shared.sign(&signed.canonical()) } else { shared.sign(b"x") };
        let mut r = hospital.request("POST", path, None, &body, nonce, hospital.time);
        for (name, value) in [(sign::KEY, key), (sign::SIGNATURE, signature), (sign::PARTNER, me.to_owned())]
        {
            r.headers_mut().insert(name, value.parse().unwrap());
        }
        r
    };
    let (status, _, by) = hospital.send(within("business:gzyy", &sign::fresh_nonce(), true)).await;
    assert!(status.is_success() && by.unwrap().starts_with("session:"));
    assert_eq!(
        hospital.code(within("business:gzyy", &sign::fresh_nonce(), false)).await,
        "signature_invalid"
    );
    let other = partner(&w, "business:szyy", &router).await;
    assert_eq!(other.code(within("business:szyy", &sign::fresh_nonce(), true)).await, "session_unknown");
    // While the line is down: the file of yesterday's card and today's.
    let card_no = w.file(id).await.0.cards[0].card_no.as_str().to_owned();
    let held = async || {
        let (status, file) = hospital.call("GET", "/api/business/v1/held-cards", None, b"").await;
        assert_eq!(status, StatusCode::OK);
        Held::read(std::slice::from_ref(&hospital.system), &file, hospital.time).unwrap().holds(&card_no)
    };
    assert!(!held().await);
    w.about(&Actor::System, id, C::ReportFormalLoss(ReportFormal { card })).await.unwrap();
    assert!(held().await);
    let bank = partner(&w, "bank:95588", &router).await;
    assert_eq!(bank.refused("/api/business/v1/cards/status", "s", &ask).await.code, "wrong_door");
}

#[test]
fn the_openapi_document_is_the_one_that_is_published() {
    let now = kaguan_web::partner::document().to_pretty_json().unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/partners/openapi.json");
    if std::env::var_os("KAGUAN_WRITE_DOCUMENTS").is_some() {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, &now).unwrap();
    }
    // Not shown: it has thousands of lines.
    assert!(std::fs::read_to_string(path).unwrap() == now, "cargo xtask documents writes it");
}

#[tokio::test]
async fn every_example_of_the_document_is_taken_as_what_it_says() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut sent = 0;
    let document: serde_json::Value =
        serde_json::from_str(&kaguan_web::partner::document().to_json().unwrap()).unwrap();
    let mut partners = std::collections::BTreeMap::new();
    for id in ["bank:95588", "vendor:1", "online:gdrs", "business:gzyy", "treasury:cz"] {
        partners.insert(id.split(':').next().unwrap(), partner(&w, id, &router).await);
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        let body = &item["post"]["requestBody"]["content"]["application/json"];
        if body.is_null() {
            continue;
        }
        let example = &body["example"];
        assert!(!example.is_null(), "{path} has no example");
        // What every kind of partner may call, a bank calls here.
        let kind = path.split('/').nth(2).unwrap();
        let who = &partners[if kind == "messages" { "bank" } else { kind }];
        let path = path.replace("{batch}", "1").replace("{order}", "1");
        let (status, said) = who.call("POST", &path, Some("example"), example.to_string().as_bytes()).await;
        // Nobody of the examples is on file: it is the business that is refused, never the form of the request.
        assert!(
            ![StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED].contains(&status)
                && !status.is_server_error(),
            "{path}: {status} {}",
            String::from_utf8_lossy(&said)
        );
        sent += 1;
    }
    assert!(sent >= 18, "{sent}");
}

#[tokio::test]
async fn every_route_of_the_document_is_closed_to_strangers_and_to_other_kinds_of_partners() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut partners = Vec::new();
    for id in ["bank:95588", "vendor:1", "online:gdrs", "business:gzyy", "treasury:cz", "sms:main"] {
        partners.push(partner(&w, id, &router).await);
    }
    let before = entries(&w).await;
    let document: serde_json::Value =
        serde_json::from_str(&kaguan_web::partner::document().to_json().unwrap()).unwrap();
    let mut routes = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let kind = path.split('/').nth(2).unwrap().to_owned();
        let mut path = path.to_owned();
        for name in ["{batch}", "{order}", "{row}", "{key}"] {
            path = path.replace(name, "1");
        }
        for method in ["GET", "POST"].into_iter().filter(|m| !item[m.to_lowercase()].is_null()) {
            routes += 1;
            let bare = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
            assert_eq!(partners[0].code(bare).await, "signature_missing", "{method} {path}");
            for other in partners.iter().filter(|p| !p.me.starts_with(&kind)) {
                let (status, said) = other.call(method, &path, Some("k"), b"{}").await;
                let common = ["keys", "session", "requests", "messages"].contains(&kind.as_str());
                assert_eq!(
                    status == StatusCode::FORBIDDEN,
                    !common,
                    "{} {method} {path}: {status}",
                    other.me
                );
                assert!(common || String::from_utf8_lossy(&said).contains("wrong_door"));
            }
        }
    }
    assert!(routes >= 35, "{routes}");
    assert_eq!(entries(&w).await, before, "nothing was done, and nothing journaled of it");
}

#[tokio::test]
async fn a_session_only_reads_hangs_on_its_key_and_opens_no_other() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let hospital = partner(&w, "business:gzyy", &router).await;
    let session: Session = hospital.post("/api/session/v1", "x", &"").await;
    assert!(Shared::open(&session.key, &Secret::fresh()).is_none(), "sealed for the partner alone");
    let shared = Shared::open(&session.key, &hospital.secret).unwrap();
    let within = |path: &str, idempotency: Option<&str>, body: &[u8]| {
        let (key, nonce) = (format!("session:{}", session.session), sign::fresh_nonce());
        let (time, digest) = (hospital.time, sign::digest(body));
        let (method, partner) = ("POST", "business:gzyy");
        let signed = sign::Request {
            method,
            path,
            partner,
            key: &key,
            time,
            nonce: &nonce,
            idempotency,
            digest: &digest,
        };
        let signature = shared.sign(&signed.canonical());
        let mut r = hospital.request("POST", path, idempotency, body, &nonce, time);
        for (name, value) in [(sign::KEY, key), (sign::SIGNATURE, signature)] {
            r.headers_mut().insert(name, value.parse().unwrap());
        }
        r
    };
    let ask = br#"{"number":"440106199001010013"}"#;
    let path = "/api/business/v1/cards/status";
    assert_eq!(hospital.send(within(path, None, ask)).await.0, StatusCode::OK);
    assert_eq!(hospital.code(within("/api/session/v1", None, b"")).await, "session_reads_only");
    assert_eq!(hospital.code(within(path, Some("k"), ask)).await, "session_reads_only");
    // The session ends with the key that it was begun under.
    let id = PartnerId::parse("business:gzyy").unwrap();
    let end = InstitutionCommand::EndPartnerKey { partner: id, key: "key-1".into(), until: w.service.now() };
    w.system(Command::Institution(end)).await.unwrap();
    assert_eq!(hospital.code(within(path, None, ask)).await, "session_unknown");
}
