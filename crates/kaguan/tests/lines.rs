//! The lines to partners as an operator sets them up: TLS with certificates on both sides, and the certification of a
//! partner's own system.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_api::client::{CallError, Client};
use kaguan_api::sign::{Public, Secret};
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::HolderId;
use kaguan_partner_sim::process::secret_in;
use kaguan_store::{BatchesAsked, LoadRequest};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn kaguan(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--data").arg(data).args(args).output().unwrap()
}

fn start(data: &Path, args: &[&str]) -> Running {
    let mut c = Command::new(env!("CARGO_BIN_EXE_kaguan"));
    c.arg("--data").arg(data).args(args).stdout(Stdio::null()).stderr(Stdio::null());
    Running(c.spawn().unwrap())
}

/// Waits until something has come about, a minute at most.
async fn until(what: &str, mut come: impl AsyncFnMut() -> bool) {
    let began = std::time::Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    while !come().await {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        tick.tick().await;
    }
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

fn now_ms() -> i64 {
    kaguan_service::clock::TimeSource::Machine.now().0 / 1_000
}

/// A certificate for a name, and its key, PEM.
fn certificate(ca: &CertifiedIssuer<'_, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, ca).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_caller_without_a_certificate_of_the_provinces_own_is_not_even_heard() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let (server, server_key) = certificate(&ca, "localhost");
    let (mine, my_key) = certificate(&ca, "bank");
    let write = |name: &str, pem: &str, mode: u32| {
        let path = dir.path().join(name);
        std::fs::write(&path, pem).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (cert, key) = (write("server.pem", &server, 0o644), write("server.key", &server_key, 0o600));
    let root = write("ca.pem", &ca.pem(), 0o644);
    let secret = Secret::fresh();
    assert!(kaguan(&data, &["migrate"]).status.success());
    let registered =
        kaguan(&data, &["partner", "register", "bank:95588", "--name", "工行", "--public", &secret.public()]);
    assert!(registered.status.success(), "{}", text(&registered));
    let system = text(&kaguan(&data, &["partner", "system-key"]));
    let (name, public) = system.trim().split_once(' ').unwrap();
    let open_key = write("open.key", &server_key, 0o644);
    let refused =
        kaguan(&data, &["serve", "--listen", "127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &open_key]);
    assert!(!refused.status.success() && text(&refused).contains("chmod 600"), "{}", text(&refused));
    let at = free_port();
    let listen = at.to_string();
    let tls =
        ["serve", "--listen", &listen, "--tls-cert", &cert, "--tls-key", &key, "--tls-client-ca", &root];
    let _serve = start(&data, &tls);
    let client = |identity: bool| {
        let root = reqwest::Certificate::from_pem(ca.pem().as_bytes()).unwrap();
        let builder = kaguan_api::client::http().tls_certs_only([root]);
        let builder = match identity {
            true => {
                builder.identity(reqwest::Identity::from_pem(format!("{mine}{my_key}").as_bytes()).unwrap())
            }
            false => builder,
        };
        let http = builder.timeout(Duration::from_secs(5)).build().unwrap();
        let others = vec![(name.to_owned(), Public::parse(public).unwrap())];
        let endpoint = format!("https://localhost:{}", at.port());
        Client::with(http, &endpoint, "bank:95588", "key-1", secret.clone(), others)
    };
    let with = client(true);
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let answer = loop {
        tick.tick().await;
        match with.call("GET", "/api/bank/v1/batches", None, Vec::new(), now_ms()).await {
            // What was signed before the server began is to be signed again.
            Ok(answer) if answer.status == 401 => {}
            Ok(answer) => break answer,
            Err(e) => assert!(matches!(e, CallError::NoAnswer(_)), "{e}"),
        }
    };
    assert_eq!(answer.status, 200);
    let without = client(false).call("GET", "/api/bank/v1/batches", None, Vec::new(), now_ms()).await;
    assert!(matches!(without, Err(CallError::NoAnswer(_))), "{without:?}");

    // The command line shows a certificate as well, and is not heard without one.
    let both = write("bank.pem", &format!("{mine}{my_key}"), 0o600);
    let (secret_file, system) =
        (write("bank.key", &secret.text(), 0o600), format!("https://localhost:{}", at.port()));
    let calls = |more: &[&str]| {
        let mut c = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        let call = ["partner", "call", "GET", "/api/bank/v1/batches", "--partner", "bank:95588"];
        c.env("SSL_CERT_FILE", &root)
            .args(call)
            .args(["--system", &system, "--secret", &secret_file])
            .args(more);
        c.output().unwrap()
    };
    let heard = calls(&["--client-pem", &both]);
    assert!(heard.status.success(), "{}", text(&heard));
    assert!(!calls(&[]).status.success());
    // Nor does it speak to a system whose certificate nobody vouches for.
    let call = ["partner", "call", "GET", "/api/bank/v1/batches", "--partner", "bank:95588"];
    let mut unknown = Command::new(env!("CARGO_BIN_EXE_kaguan"));
    unknown.args(call).args(["--system", &system, "--secret", &secret_file, "--client-pem", &both]);
    let unknown = unknown.env_remove("SSL_CERT_FILE").output().unwrap();
    assert!(!unknown.status.success(), "{}", text(&unknown));

    // The same from the system to a partner that wants a certificate: there it is heard, and then not believed.
    let caller = dir.path().join("caller");
    let endpoint = format!("https://localhost:{}", at.port());
    assert!(kaguan(&caller, &["migrate"]).status.success());
    let sms = ["partner", "register", "sms:gd", "--name", "短信", "--endpoint", &endpoint, "--public"];
    assert!(kaguan(&caller, &[&sms[..], &[&Secret::fresh().public()]].concat()).status.success());
    let out = dir.path().join("report.json");
    let calls = || {
        let mut c = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        c.env("SSL_CERT_FILE", &root)
            .arg("--data")
            .arg(&caller)
            .args(["certify", "sms:gd", "--out"])
            .arg(&out);
        text(&c.output().unwrap())
    };
    let said = calls();
    assert!(said.contains("没有应答：") && !said.contains("没有已登记公钥的签名"), "{said}");
    let identity = caller.join("client.pem");
    std::fs::write(&identity, format!("{mine}{my_key}")).unwrap();
    std::fs::set_permissions(&identity, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(calls().contains("chmod 600"));
    std::fs::set_permissions(&identity, std::fs::Permissions::from_mode(0o600)).unwrap();
    let said = calls();
    assert!(said.contains("没有已登记公钥的签名") && !said.contains("没有应答："), "{said}");
}

#[tokio::test]
async fn a_server_reconciles_by_itself_keeps_what_it_came_to_and_does_not_begin_again_when_restarted() {
    let dir = tempfile::tempdir().unwrap();
    let (data, state) = (dir.path().join("data"), dir.path().join("bank"));
    assert!(kaguan(&data, &["demo", "--people", "30", "--exit"]).status.success());
    let public = secret_in(&state).unwrap().public();
    let (serve_at, bank_at) = (free_port().to_string(), free_port().to_string());
    let endpoint = format!("http://{bank_at}");
    let register =
        ["partner", "register", "bank:95588", "--name", "工行", "--endpoint", &endpoint, "--public", &public];
    assert!(kaguan(&data, &register).status.success());
    let last = || kaguan(&data, &["--json", "partner", "reconcile", "95588", "--last"]);
    assert!(text(&last()).contains("还没有对过账"));
    let system = format!("http://{serve_at}");
    let state = state.to_str().unwrap();
    let sim = ["sim", "bank", "--code", "95588", "--listen", &bank_at, "--state", state, "--system", &system];
    let _bank = start(&data, &sim);
    until("the bank listens", async || tokio::net::TcpStream::connect(&bank_at).await.is_ok()).await;
    // The bank, which has no account of any card, comes to know the system first: what it is asked before is not answered.
    let serve = ["serve", "--listen", &serve_at];
    let server = start(&data, &serve);
    let knows = async || {
        let http = kaguan_api::client::http().build().unwrap();
        let keys =
            http.get(format!("http://{bank_at}/_sim/keys")).send().await.unwrap().bytes().await.unwrap();
        keys.len() > 2
    };
    until("the bank knows the system", knows).await;
    drop(server);
    let server = start(&data, &serve);
    until("they are compared", async || last().status.success()).await;
    let first: serde_json::Value = serde_json::from_slice(&last().stdout).unwrap();
    let cases = first["cases"].as_array().unwrap().len() as u64;
    assert!(cases > 0 && first["staff"] == cases && first["differences"] == cases, "{first}");
    assert!(text(&kaguan(&data, &["partner", "reconcile", "95588", "--last"])).contains("须人工核实"));
    drop(server);
    let _server = start(&data, &serve);
    until("the server listens", async || tokio::net::TcpStream::connect(&serve_at).await.is_ok()).await;
    // On demand it is done at once; by itself not within the day.
    let at = |last: &Output| serde_json::from_slice::<serde_json::Value>(&last.stdout).unwrap()["at"].clone();
    assert_eq!(at(&last()), first["at"]);
    assert!(kaguan(&data, &["partner", "reconcile", "95588", "--repair"]).status.success());
    assert_ne!(at(&last()), first["at"]);
}

/// The account of a card in use that nothing was done with.
async fn test_account(data: &Path) -> String {
    let url = format!("sqlite:{}", data.join("kaguan.db").display());
    let store = kaguan_store::Store::open(&url, &data.join("master.key")).await.unwrap();
    let holders = store.holders_after(HolderId(i64::MIN), 500).await.unwrap();
    let loaded = store.load(&LoadRequest { holders, ..LoadRequest::default() }).await.unwrap();
    let plain = |c: &&kaguan_domain::facts::card::Card| {
        c.bank.as_str() == "95588" && c.in_force() && c.mirror().bits() == 1 && c.intents.is_empty()
    };
    let cards: Vec<_> = loaded
        .holders
        .values()
        .filter(|f| f.cards.len() == 1)
        .flat_map(|f| f.cards.iter().filter(plain))
        .collect();
    cards.first().unwrap().bank_account.bank_card_no.as_str().to_owned()
}

#[tokio::test]
async fn a_bank_that_follows_the_handbook_is_certified_and_one_that_signs_wrongly_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let (data, state) = (dir.path().join("data"), dir.path().join("bank"));
    let public = secret_in(&state).unwrap().public();
    let (serve_at, bank_at) = (free_port(), free_port());
    let endpoint = format!("http://{bank_at}");
    let register =
        ["partner", "register", "bank:95588", "--name", "工行", "--endpoint", &endpoint, "--public", &public];
    assert!(kaguan(&data, &["demo", "--people", "30", "--exit"]).status.success());
    assert!(kaguan(&data, &register).status.success());
    let card = &test_account(&data).await;
    let _serve = start(&data, &["serve", "--listen", &serve_at.to_string()]);
    let (listen, system) = (bank_at.to_string(), format!("http://{serve_at}"));
    let state = state.to_str().unwrap();
    let sim = ["sim", "bank", "--code", "95588", "--listen", &listen, "--state", state, "--system", &system];
    let _bank = start(&data, &sim);
    let http = kaguan_api::client::http().build().unwrap();
    let post = async |path: &str, body: String| {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tick.tick().await;
            let post =
                http.post(format!("http://{bank_at}{path}")).header("content-type", "application/json");
            if post.body(body.clone()).send().await.is_ok_and(|r| r.status().is_success()) {
                return;
            }
        }
    };
    post("/_sim/accounts", format!("[[\"{card}\",1]]")).await;
    let out = dir.path().join("certificate.json");
    let file = out.to_str().unwrap();
    let certify =
        |wait| kaguan(&data, &["certify", "bank:95588", "--card", card, "--out", file, "--wait", wait]);
    let before = text(&certify("0"));
    assert!(before.contains("通过　预开户回盘　1次") && before.contains("未检验　解除挂失　0次"), "{before}");
    // Certification closes the account: the bank has it again as it was.
    post("/_sim/accounts", format!("[[\"{card}\",1]]")).await;
    let act = |act| format!("{{\"bank_card_no\":\"{card}\",\"act\":\"{act}\"}}");
    post("/_sim/acts", format!("[{},{}]", act("lose"), act("release"))).await;
    // The bank knows its cards' places once it has met the system.
    let mut tick = tokio::time::interval(Duration::from_millis(1_100));
    let mut rounds = 0;
    let passed = loop {
        tick.tick().await;
        // Each run closes the account: the bank has it again as it was.
        if rounds > 0 {
            post("/_sim/accounts", format!("[[\"{card}\",1]]")).await;
        }
        let run = certify("30");
        rounds += 1;
        if run.status.success() || rounds > 20 {
            break run;
        }
    };
    assert!(passed.status.success(), "{}", text(&passed));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    let field = |name: &str| report[name].as_str().unwrap().to_owned();
    let signer = Public::parse(&field("public")).unwrap();
    assert!(signer.verify(field("report").as_bytes(), &field("signature")));
    post("/_sim/trouble", "{\"wrong_signature\":1.0}".into()).await;
    let failed = certify("0");
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    assert!(text(&failed).contains("不通过"), "{}", text(&failed));
}

#[tokio::test]
async fn a_vendor_is_certified_by_what_it_sent_for_a_batch() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(kaguan(&data, &["demo", "--people", "30", "--exit"]).status.success());
    let public = Secret::fresh().public();
    assert!(
        kaguan(&data, &["partner", "register", "vendor:1", "--name", "卡商", "--public", &public])
            .status
            .success()
    );
    let url = format!("sqlite:{}", data.join("kaguan.db").display());
    let store = kaguan_store::Store::open(&url, &data.join("master.key")).await.unwrap();
    let batches = store
        .batches(
            BatchesAsked { state: Some(BatchStateKind::Made), vendor: Some("1"), ..BatchesAsked::default() },
            10,
        )
        .await
        .unwrap();
    let number = batches.iter().map(|b| b.batch.number.clone()).min().unwrap();
    let out = dir.path().join("vendor.json");
    let certify = |batch: &str| {
        kaguan(&data, &["certify", "vendor:1", "--batch", batch, "--out", out.to_str().unwrap()])
    };
    let run = certify(&number);
    let said = text(&run);
    // The demo's vendor fails a card on purpose; nothing of what it sent was changed, and everything was delivered.
    assert!(said.contains("通过　全部数据已回盘") && said.contains("通过　成品卡已全部交付"), "{said}");
    assert!(said.contains("通过　装箱张数与制成张数相符") && out.exists(), "{said}");
    let none = certify("nothing");
    assert!(!none.status.success() && text(&none).contains("没有卡商1的批次"), "{}", text(&none));
}

#[tokio::test]
async fn a_caller_that_does_not_finish_its_request_is_not_waited_for() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let dir = tempfile::tempdir().unwrap();
    let at = free_port();
    let _serve = start(&dir.path().join("data"), &["serve", "--listen", &at.to_string()]);
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let mut slow = loop {
        tick.tick().await;
        if let Ok(stream) = tokio::net::TcpStream::connect(at).await {
            break stream;
        }
    };
    slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let mut said = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(40), slow.read_to_end(&mut said)).await;
    assert!(closed.is_ok(), "the connection is closed by the server");
}

#[tokio::test]
async fn a_running_server_goes_on_while_partners_keys_and_pre_made_cards_are_registered() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let at = free_port();
    let mut server = start(&data, &["serve", "--listen", &at.to_string()]);
    let (system, file) = (format!("http://{at}"), |name: &str| dir.path().join(name).display().to_string());
    let fresh = |name: &str| text(&kaguan(&data, &["partner", "keygen", &file(name)])).trim().to_owned();
    let (first, second) = (fresh("first.key"), fresh("second.key"));
    let http = kaguan_api::client::http().build().unwrap();
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    while http.get(format!("{system}/api/docs/")).send().await.is_err() {
        tick.tick().await;
    }
    let done = |args: &[&str]| {
        let out = kaguan(&data, args);
        assert!(out.status.success(), "{args:?}: {}", text(&out));
        text(&out)
    };
    let get = |path: &str, key: &str, secret: &str, more: &[&str]| {
        let args = ["partner", "call", "GET", path, "--system", &system];
        let who = ["--partner", "bank:95588", "--key", key, "--secret", secret];
        kaguan(&data, &[&args[..], &who[..], more].concat())
    };
    let call = |key: &str, secret: &str| get("/api/bank/v1/blank-orders", key, secret, &[]);
    let (key_1, key_2) = (file("first.key"), file("second.key"));
    done(&["partner", "register", "bank:95588", "--name", "某银行", "--public", &first]);
    assert!(call("key-1", &key_1).status.success());
    done(&["partner", "add-key", "bank:95588", "--key", "key-2", "--public", &second]);
    assert!(call("key-2", &key_2).status.success(), "a key holds at once");
    assert!(call("key-1", &key_1).status.success(), "and the one before it still does");
    done(&["partner", "end-key", "bank:95588", "--key", "key-1"]);
    while call("key-1", &key_1).status.success() {
        tick.tick().await;
    }
    assert!(text(&call("key-1", &key_1)).contains("key_unknown"));
    // The system's own next key: told from now on, and not used before its time.
    let ours = done(&["partner", "system-key"]);
    done(&["partner", "change-system-key", "--from", "2099-01-01T00:00"]);
    let both = done(&["partner", "system-key"]);
    assert!(both.starts_with(&ours) && both.contains("kaguan-2 04"), "{both}");
    let past = kaguan(&data, &["partner", "change-system-key", "--from", "2020-01-01T00:00"]);
    assert!(!past.status.success() && text(&past).contains("不足两日"), "{}", text(&past));
    let past = kaguan(&data, &["partner", "change-system-key", "--from", "2020-01-01T00:00", "--urgent"]);
    assert!(!past.status.success() && text(&past).contains("不得早于现在"), "{}", text(&past));
    let (name, public) = ours.trim().split_once(' ').unwrap();
    let ours_now = format!("{name}={public}");
    let told = get("/api/keys/v1", "key-2", &key_2, &["--system-key", &ours_now]);
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["key"], &told["next"]["key"]), (&"kaguan-1".into(), &"kaguan-2".into()), "{told}");
    let wrong = get("/api/keys/v1", "key-2", &key_2, &["--system-key", &first]);
    assert!(!wrong.status.success() && text(&wrong).contains("not signed"), "{}", text(&wrong));
    let ordered =
        done(&["blanks", "order", "--city", "4401", "--bank", "95588", "--vendor", "1", "--quantity", "3"]);
    let id = ordered.split_whitespace().nth(1).unwrap().to_owned();
    assert!(ordered.contains("广州市人社局信息中心"), "{ordered}");
    done(&["blanks", "generate", &id]);
    assert!(text(&kaguan(&data, &["blanks", "generate", &id])).contains("第36条"), "once");
    assert!(done(&["blanks", "list"]).contains("待银行提取"));
    assert!(text(&call("key-2", &key_2)).contains(&id), "the bank sees it at once");
    // Whoever cannot sign asks the proxy beside him, without a signature, and gets the reply once it is verified.
    let beside = free_port();
    let listen = beside.to_string();
    let proxy = ["partner", "proxy", "--partner", "bank:95588", "--key", "key-2", "--secret", &key_2];
    let _proxy = start(
        &data,
        &[&proxy[..], &["--system", &system, "--system-key", &ours_now, "--listen", &listen]].concat(),
    );
    until("the proxy listens", async || tokio::net::TcpStream::connect(beside).await.is_ok()).await;
    let said = http.get(format!("http://{beside}/api/bank/v1/blank-orders")).send().await.unwrap();
    assert!(said.status().is_success());
    let said = said.bytes().await.unwrap();
    assert!(String::from_utf8_lossy(&said).contains(&id), "{}", String::from_utf8_lossy(&said));
    // What passed between the two is a page there.
    let page = http.get(format!("http://{beside}/log")).send().await.unwrap();
    let (status, page) = (page.status(), page.bytes().await.unwrap());
    let page = String::from_utf8_lossy(&page);
    assert!(
        status.is_success() && page.contains("<h2>消息</h2>") && page.contains("<h2>提问</h2>"),
        "{page}"
    );
    assert!(server.0.try_wait().unwrap().is_none(), "the server never stopped");
    // Without the server the same commands write by themselves.
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    done(&["partner", "register", "vendor:1", "--name", "某卡商", "--public", &first]);
    assert!(done(&["check"]).contains('0'), "the journal verifies");
}

#[tokio::test]
async fn a_demo_ends_at_the_present_and_hears_who_signs_by_a_clock_of_today() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let at = free_port();
    let began = now_ms();
    let _demo = start(&data, &["demo", "--people", "20", "--listen", &at.to_string()]);
    let app = Secret::fresh();
    let public = app.public();
    let register = ["partner", "register", "online:gdrs", "--name", "广东人社", "--public", &public];
    until("the story is told", async || kaguan(&data, &register).status.success()).await;
    let system = text(&kaguan(&data, &["partner", "system-key"]));
    let (name, public) = system.trim().split_once(' ').unwrap();
    let system = vec![(name.to_owned(), Public::parse(public).unwrap())];
    let client = Client::new(&format!("http://{at}"), "online:gdrs", "key-1", app, system);
    let nobody = r#"{"holder":{"number":"440106199001010013","name":"某人"},"bank":"95588"}"#;
    let mut said = String::new();
    until("a signature of now is heard", async || {
        let sent = client.call("POST", "/api/online/v1/losses", Some("l"), nobody.into(), now_ms()).await;
        let heard = matches!(&sent, Ok(reply) if reply.status != 401 && reply.status < 500);
        said = sent.map_or_else(|e| e.to_string(), |r| String::from_utf8_lossy(&r.body).into_owned());
        heard
    })
    .await;
    assert!(!said.contains("clock_skew"), "{said}");
    let url = format!("sqlite:{}", data.join("kaguan.db").display());
    let store = kaguan_store::Store::open(&url, &data.join("master.key")).await.unwrap();
    let (first, last) = (store.entries_from(1, 1).await.unwrap(), store.last_line().await.unwrap());
    let last = store.entries_from(last, 1).await.unwrap();
    assert!(first[0].at / 1_000 < began - 27 * 86_400_000, "the story lies behind: {:?}", first[0].at);
    assert!(last[0].at / 1_000 <= now_ms(), "and nothing ahead: {:?}", last[0].at);
}
