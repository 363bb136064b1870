//! A console that is served by another process, or by one that may be gone at any moment.

use crate::premade::encoded;
use crate::press::whole;
use std::sync::atomic::{AtomicU64, Ordering};

pub struct Console {
    http: reqwest::Client,
    address: String,
    cookie: String,
}

impl Console {
    /// Somebody signs in; each request has a connection of its own.
    pub async fn of(address: &str, login: &str, password: &str) -> Self {
        let http = kaguan_api::client::direct().pool_max_idle_per_host(0).build().unwrap();
        let mut console = Self { http, address: address.trim_end_matches('/').into(), cookie: String::new() };
        let answer = console.send("POST", "/sign-in", format!("login={login}&password={password}")).await;
        let answer = answer.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        console.cookie = cookie.split(';').next().unwrap().to_owned();
        console
    }

    async fn send(&self, method: &str, path: &str, form: String) -> reqwest::Result<reqwest::Response> {
        static FORMS: AtomicU64 = AtomicU64::new(1);
        let once = FORMS.fetch_add(1, Ordering::Relaxed);
        let path = if method == "POST" { format!("{path}?once={once:032x}-0") } else { path.to_owned() };
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.address));
        let request = request
            .header("origin", &self.address)
            .header("cookie", &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        request.body(form).send().await
    }

    /// A page, where a form leads to; `None` when nobody has answered.
    pub async fn page(&self, method: &str, path: &str, form: &str) -> Option<String> {
        let mut answer = self.send(method, path, form.to_owned()).await.ok()?;
        while answer.status() == 303 {
            let to = answer.headers()["location"].to_str().unwrap().to_owned();
            answer = self.send("GET", &to, String::new()).await.ok()?;
        }
        answer.text().await.ok().map(|page| whole(&page))
    }
}

/// What a form of a page has in it, as it would be sent.
pub fn form(page: &str, action: &str) -> Option<String> {
    let at = format!("action=\"{action}?");
    let form = page.split("<form ").find(|f| f.split('>').next().unwrap_or_default().contains(&at))?;
    let hidden = form.split("</form>").next()?.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let mut parts = rest.split('"');
        let name = parts.next().unwrap_or_default().to_owned();
        format!("{name}={}", encoded(parts.nth(1).unwrap_or_default()))
    });
    Some(hidden.collect::<Vec<_>>().join("&"))
}
