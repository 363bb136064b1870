//! Errors as problem+json (RFC 9457), with the published codes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not done. `code` is stable; the sentences are for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:kaguan:problem:<code>`.
    #[serde(rename = "type")]
    #[schema(example = "urn:kaguan:problem:already_lost")]
    pub kind: String,
    /// What, in a few Chinese words.
    #[schema(example = "该卡已挂失")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What, by which article, and what to do, in Chinese.
    pub detail: String,
    /// The stable code, as in docs/regulation/refusals.md or the table of protocol errors.
    #[schema(example = "already_lost")]
    pub code: String,
    /// The clause that it enforces; empty for protocol errors.
    #[schema(example = "R23.1")]
    pub clause: String,
    /// Whether the same request may succeed later without being changed.
    pub retry: bool,
    /// Every fault, when the request cannot be read or its material is defective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
}

/// One defect of the material.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Defect {
    /// Which field: its name in the request, or the regulation's words for an item of the form.
    #[schema(example = "bank_card_no")]
    pub field: String,
    /// Stable code.
    pub code: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Problem {
    /// A protocol error.
    pub fn new(status: u16, code: &str, title: &str, detail: impl Into<String>, retry: bool) -> Self {
        Self {
            kind: format!("urn:kaguan:problem:{code}"),
            title: title.into(),
            status,
            detail: detail.into(),
            code: code.into(),
            clause: String::new(),
            retry,
            defects: Vec::new(),
        }
    }
}

/// The protocol errors: code, status, what, what to do, whether to send again. Refusals of the regulation are in
/// docs/regulation/refusals.md.
pub const PROTOCOL: &[(&str, u16, &str, &str, bool)] = &[
    ("signature_missing", 401, "请求没有签名", "请按接入手册对请求签名", false),
    ("partner_unknown", 401, "合作方未登记", "请联系省卡管机构登记合作方", false),
    ("key_unknown", 401, "签名公钥未登记、未生效或已失效", "请使用已登记且在有效期内的公钥", false),
    (
        "signature_invalid",
        401,
        "签名不正确",
        "请核对规范串、公钥名称与私钥；请求体须与签名时逐字节相同",
        false,
    ),
    ("clock_skew", 401, "请求时间超出允许范围", "请校准时钟后重新签名（允许前后五分钟）", true),
    ("nonce_used", 401, "随机串已使用过", "请换一个随机串后重新签名", true),
    ("session_unknown", 401, "会话不存在或已到期", "请重新建立会话", true),
    ("session_reads_only", 403, "会话内只能查询", "变更类请求和新会话请用 SM2 公钥签名", false),
    ("wrong_door", 403, "该接口不属于此类合作方", "请使用本类合作方的接口", false),
    ("bad_request", 400, "请求格式不正确", "请按接口文档核对字段", false),
    ("bad_row", 422, "该行格式不正确", "请按接口文档核对该行后重新提交", false),
    (
        "idempotency_key_missing",
        400,
        "缺少请求编号",
        "变更类请求须带 Idempotency-Key 请求头（1至64位字母、数字或 . _ : -）",
        false,
    ),
    ("too_large", 413, "请求体过大", "请分批提交", false),
    ("not_found_route", 404, "没有这个接口", "请核对接口地址与版本", false),
    ("method_not_allowed", 405, "请求方法不正确", "请按接口文档使用 GET 或 POST", false),
    ("unknown_outcome", 503, "是否办结尚不明确", "请以同一请求编号重新提交，已办结的不会重复办理", true),
    ("unavailable", 503, "系统暂时不能办理", "请稍后以同一请求编号重新提交", true),
];

/// One of [`PROTOCOL`].
pub fn protocol(code: &str) -> Problem {
    let found = PROTOCOL.iter().find(|p| p.0 == code);
    let (code, status, title, way, retry) = found.copied().unwrap_or(PROTOCOL[PROTOCOL.len() - 1]);
    Problem::new(status, code, title, format!("{title}。{way}。"), retry)
}
