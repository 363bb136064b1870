//! An administrator takes the secret from the page into an authenticator, proves it, and signs in with it.

use super::{Browser, Driver, add};
use fantoccini::Locator;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World, fresh_store};
use std::sync::Arc;
use totp_rs::{Builder, Secret};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn art_6_1_an_administrator_sets_a_second_factor_and_signs_in_with_it_at_a_desk_and_on_a_phone() {
    clause!(R6.1);
    let driver = Driver::start();
    for width in [None, Some(390)] {
        let w = World::in_use(Arc::new(fresh_store(On::Memory).await)).await;
        add(&w, "anquan", Role::SecurityAdministrator, "44000000000001").await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let home = format!("http://{}", listener.local_addr().unwrap());
        let router = kaguan_web::router(w.service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let dir = tempfile::tempdir().unwrap();
        let b = Browser::of_width(&driver, &home, dir.path(), width).await;
        let next = |secret: &str| {
            w.clock.set(Instant(w.clock.now().0 + 30_000_000));
            let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
            let seconds = u64::try_from(w.clock.now().0 / 1_000_000).unwrap();
            Builder::new().with_secret(secret).build().unwrap().generate(seconds).to_string()
        };
        b.go("/").await;
        b.fill("input[name=login]", "anquan").await;
        b.fill("input[name=password]", "right").await;
        b.press("登录").await;
        b.says("须输入动态口令").await;
        let secret = b.client.find(Locator::Css("b.secret")).await.unwrap().text().await.unwrap();
        b.fill("input[name=code]", "000000").await;
        b.press("核对并启用").await;
        b.says("尚未启用").await;
        b.fill("input[name=code]", &next(&secret)).await;
        b.press("核对并启用").await;
        b.says("恢复码").await;
        b.go("/officers").await;
        b.says("人员与角色").await;
        b.client.delete_all_cookies().await.unwrap();
        b.go("/officers").await;
        b.fill("input[name=login]", "anquan").await;
        b.fill("input[name=password]", "right").await;
        b.press("登录").await;
        b.fill("input[name=code]", &next(&secret)).await;
        b.press("登录").await;
        b.says("人员与角色").await;
        b.go("/second-factor").await;
        b.says("10个").await;
        // Five minutes before the session ends the page says so, and no longer once it goes on.
        let wait = async |css| b.client.wait().for_element(Locator::Css(css)).await.unwrap();
        let idle = async |seconds: u32| {
            let set = format!("document.body.dataset.idle = {seconds}");
            b.client.execute(&set, Vec::new()).await.unwrap();
        };
        idle(200).await;
        let told = wait(".ending:not([hidden])").await.text().await.unwrap();
        assert!(told.contains("登录将于") && told.contains("继续使用"), "{told}");
        idle(1_860).await;
        wait(".ending[hidden]").await;
        // Whoever goes away leaves nothing on the screen, whether or not the server hears of it.
        let soon = "document.body.dataset.idle = 0.1; document.dispatchEvent(new Event('keydown'))";
        b.client.execute(soon, Vec::new()).await.unwrap();
        b.client.wait().for_element(Locator::Css("input[name=login]")).await.unwrap();
        b.client.clone().close().await.unwrap();
    }
}
