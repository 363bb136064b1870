//! `kaguan partner proxy`: signs what a partner's own tools send, and shows what passed between the two.

use crate::page::{page, table};
use crate::partner::{Caller, now_ms};
use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use clap::Args;
use kaguan_api::client::Client;
use kaguan_api::message::{Attempt, Attempts, Question, Questions};
use kaguan_domain::ctx::Instant;
use serde::de::DeserializeOwned;
use std::process::ExitCode;

/// Where the page is.
const LOG: &str = "/log";

/// Whose requests it signs, and where it listens.
#[derive(Args)]
pub struct Proxy {
    #[command(flatten)]
    caller: Caller,
    /// 监听地址
    #[arg(long, default_value = "127.0.0.1:8019")]
    listen: std::net::SocketAddr,
}

impl Proxy {
    /// Signs until it is stopped.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        if !self.listen.ip().is_loopback() {
            bail!("签名代理只能监听本机地址");
        }
        let client = self.caller.client()?;
        let forward = {
            let client = client.clone();
            move |request: Request| forward(client.clone(), request)
        };
        let log = move || log(client.clone());
        let listener = tokio::net::TcpListener::bind(self.listen).await?;
        let at = listener.local_addr()?;
        println!("签名代理 http://{at}　往来记录 http://{at}{LOG}");
        axum::serve(listener, Router::new().route(LOG, get(log)).fallback(forward)).await?;
        Ok(ExitCode::SUCCESS)
    }
}

fn wants_text(headers: &HeaderMap) -> bool {
    [header::CONTENT_TYPE, header::ACCEPT].iter().any(|name| {
        let said = headers.get(name).and_then(|v| v.to_str().ok());
        said.is_some_and(|v| v.starts_with("text/plain"))
    })
}

async fn forward(client: Client, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let key = parts.headers.get("idempotency-key").and_then(|k| k.to_str().ok()).map(str::to_owned);
    let media_type = if wants_text(&parts.headers) { "text/plain" } else { "application/json" };
    let body = axum::body::to_bytes(body, 96 << 20).await.unwrap_or_default().to_vec();
    match client.call_as(parts.method.as_str(), &path, key.as_deref(), body, now_ms(), media_type).await {
        Ok(reply) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
            let kind = reply.media_type.unwrap_or_else(|| "application/json".into());
            let mut out = (status, [(header::CONTENT_TYPE, kind)], reply.body).into_response();
            if let Some(allow) = reply.allow.and_then(|a| HeaderValue::from_str(&a).ok()) {
                out.headers_mut().insert(header::ALLOW, allow);
            }
            out
        }
        Err(e) => (StatusCode::BAD_GATEWAY, e.to_string()).into_response(),
    }
}

async fn asked<T: DeserializeOwned>(client: &Client, path: &str) -> anyhow::Result<T> {
    let reply = client.call("GET", path, None, Vec::new(), now_ms()).await?;
    if reply.status != 200 {
        bail!("{path}：{} {}", reply.status, String::from_utf8_lossy(&reply.body));
    }
    serde_json::from_slice(&reply.body).with_context(|| format!("{path} 的应答不合接口定义"))
}

fn time(ms: i64) -> String {
    Instant(ms.saturating_mul(1_000)).local()
}

/// What came back, in Chinese.
fn came_back(said: &str) -> String {
    let number = |name: &str| said.strip_prefix(name).and_then(|n| n.parse::<u32>().ok());
    match said {
        "ok" => "应答正常".to_owned(),
        "not as many answers as questions" => "应答的项数与提问不符".to_owned(),
        "the reply cannot be read" => "应答不是接口定义的 JSON".to_owned(),
        _ if said.starts_with("no answer") => format!("没有应答（{said}）"),
        _ if said.contains("not signed") => format!("应答签名不可信（{said}）"),
        _ => match (number("status "), number("column ")) {
            (Some(status), _) => format!("状态 {status}"),
            (_, Some(column)) => format!("应答不合接口定义，第{column}列"),
            (None, None) => said.to_owned(),
        },
    }
}

fn of_message(a: &Attempt) -> Vec<String> {
    let outcome = match a.outcome.as_str() {
        "taken" => "已收妥",
        "later" => "稍后再试",
        "given_up" => "作为死信，由人工处理",
        other => other,
    };
    let next = a.next_at.map(time).unwrap_or_default();
    let (took, said) = (format!("{}毫秒", a.took), came_back(&a.said));
    vec![
        time(a.at),
        a.message.to_string(),
        a.kind.clone(),
        a.number.to_string(),
        outcome.into(),
        said,
        took,
        next,
    ]
}

fn of_question(q: &Question) -> Vec<String> {
    let outcome = match q.outcome.as_str() {
        "answered" => "已应答",
        "unreadable" => "应答不合接口定义，视为未应答",
        "silent" => "未应答",
        other => other,
    };
    let took = format!("{}毫秒", q.took);
    vec![time(q.at), q.path.clone(), q.about.to_string(), outcome.into(), came_back(&q.said), took]
}

/// What the system sent and asked, the latest first.
async fn log(client: Client) -> Response {
    let both = async {
        let messages: Attempts = asked(&client, "/api/messages/v1/attempts").await?;
        let questions: Questions = asked(&client, "/api/messages/v1/questions").await?;
        anyhow::Ok((messages.attempts, questions.questions))
    };
    match both.await {
        Ok((messages, questions)) => {
            const MESSAGES: [&str; 8] =
                ["时间", "消息编号", "种类", "第几次", "结果", "对方应答", "耗时", "下次发送"];
            const QUESTIONS: [&str; 6] = ["时间", "提问", "人数或件数", "结果", "对方应答", "耗时"];
            let body = format!(
                "<p>每次打开本页时向省卡管系统查询，最近的在前。</p>\n<h2>消息</h2>\n{}<h2>提问</h2>\n<p>系统启动以来。</p>\n{}",
                table(&MESSAGES, messages.iter().rev().map(of_message)),
                table(&QUESTIONS, questions.iter().rev().map(of_question)),
            );
            Html(page("省卡管系统与本方的往来", &body)).into_response()
        }
        Err(why) => (StatusCode::BAD_GATEWAY, format!("{why:#}")).into_response(),
    }
}
