//! The OpenAPI document, made from the code; checked in at `docs/partners/openapi.json` and compared by a test. What it says of a body
//! is what the reader of bodies checks.

mod closed;
mod collection;
mod examples;
mod flat;
mod webhooks;

pub use collection::collection;

use super::dictionary::{self, fields};
use kaguan_api::problem::{MEDIA_TYPE, PROTOCOL, Problem};
use kaguan_api::sign;
use kaguan_domain::facts::form::Field;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

/// What stands in a header.
fn header(name: &str, says: &str, required: bool, of: Value) -> Value {
    json!({ "name": name, "in": "header", "description": says, "required": required, "schema": of })
}

/// The headers of a signature.
fn signature() -> Vec<Value> {
    let text = |least: u32, most: u32, pattern: &str| json!({ "type": "string", "minLength": least, "maxLength": most, "pattern": pattern });
    vec![
        header(sign::PARTNER, "合作方，如 bank:95588", true, text(3, 64, "^[a-z]+:[0-9A-Za-z-]+$")),
        header(sign::KEY, "公钥名称，或 session:会话编号", true, text(1, 80, "^[0-9A-Za-z:._-]+$")),
        header(sign::TIME, "Unix 毫秒", true, text(1, 16, "^[0-9]+$")),
        header(sign::NONCE, "随机串，16至64位，不得重复", true, text(16, 64, "^[0-9A-Za-z-]+$")),
        header(sign::DIGEST, "请求体的 SM3，小写十六进制", true, text(64, 64, "^[0-9a-f]{64}$")),
        header(sign::SIGNATURE, "对规范串的签名，base64", true, text(1, 256, "^[0-9A-Za-z+/=]+$")),
    ]
}

/// How an operation takes the caller's key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Needed,
    Taken,
    None,
}

fn key_of(method: &str, path: &str) -> Key {
    const READS: [&str; 8] =
        ["/statuses", "/status", "/progress", "/one-card/find", "-data", "/session/v1", "/photos", "/labels"];
    if method == "get" {
        Key::None
    } else if path.ends_with("/close") {
        Key::Taken
    } else if READS.iter().any(|r| path.ends_with(r)) && path != "/api/vendor/v1/bank-data" {
        Key::None
    } else {
        Key::Needed
    }
}

/// What every operation has: the headers of the signature, and its problems.
fn complete(operation: &mut Value, key: Key) {
    // What partners read is Chinese: the interface's name, which the code's comment begins with.
    let summary = operation["summary"].as_str().unwrap_or_default().to_owned();
    operation["summary"] = json!(summary.split([':', ',', '.']).next());
    if let Some(operation) = operation.as_object_mut() {
        operation.remove("description");
    }
    let mut headers = signature();
    let of = json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^([0-9A-Za-z._:]|[0-9A-Za-z._:-]{2,})$" });
    let says = "请求编号，1至64位字母、数字或 . _ : -；同号同内容只办理一次";
    match key {
        Key::Needed => headers.push(header(sign::IDEMPOTENCY, says, true, of)),
        Key::Taken => headers.push(header(sign::IDEMPOTENCY, says, false, of)),
        Key::None => {}
    }
    let mut all = operation["parameters"].as_array().cloned().unwrap_or_default();
    for path in all.iter_mut().filter(|p| p["in"] == "path") {
        path["schema"]["maxLength"] = json!(64);
        path["description"] = json!(match path["name"].as_str() {
            Some("batch") => "批次编号，取自批次列表的 batch",
            Some("order") => "申请编号，取自申请列表的 order",
            Some("row") => "行号，取自下发数据的 row",
            _ => "原请求的 Idempotency-Key",
        });
    }
    for query in all.iter_mut().filter(|p| p["in"] == "query") {
        query["description"] = json!(match query["name"].as_str() {
            Some("after") => "从其后开始；不带为从头开始",
            Some("limit") => "至多多少行，缺省与上限均为100,000",
            _ => "文件名",
        });
        // Nothing is sent as nothing, never as the word null.
        if let [one, _] = query["schema"]["type"].as_array().map_or(&[][..], Vec::as_slice) {
            query["schema"]["type"] = one.clone();
        }
        let schema = &mut query["schema"];
        match (schema["type"] == "string", schema["format"] == "int64") {
            (true, _) => schema["maxLength"] = json!(200),
            // Identities of messages go up to the end.
            (false, true) => schema["maximum"] = json!(i64::MAX),
            // What counts rows has no sign, for which the document has no format of 32 bits.
            (false, false) => (schema["maximum"], schema["format"]) = (json!(u32::MAX), json!("int64")),
        }
    }
    all.extend(headers);
    operation["parameters"] = Value::Array(all);
    for (status, _) in problems() {
        let named = json!({ "$ref": format!("#/components/responses/Problem{status}") });
        let place = &mut operation["responses"][status.to_string()];
        if place.is_null() {
            *place = named;
        }
    }
}

/// Every status of a problem, with what it means.
fn problems() -> Vec<(u16, &'static str)> {
    let mut statuses: Vec<u16> = PROTOCOL.iter().map(|p| p.1).chain([404, 409, 422]).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let says = |status| match status {
        400 => "请求格式不正确，全部问题在 defects",
        401 => "签名、时间或公钥不被接受",
        403 => "无权办理",
        404 => "未找到",
        405 => "请求方法不正确",
        409 => "按规程不予办理，代码见 refusals.md",
        413 => "请求体过大",
        422 => "材料不合规范，全部问题在 defects",
        _ => "暂时不能办理，请以同一请求编号重试",
    };
    statuses.into_iter().map(|s| (s, says(s))).collect()
}

/// Whose doors there are.
const TAGS: [(&str, &str); 12] = [
    ("公共", "各类合作方都可使用：密钥、会话、原请求结果、待取消息"),
    ("银行", "预开户数据的提取与回盘"),
    ("银行联动", "启用、激活、挂失、解挂、注销、变更服务银行"),
    ("银行对账", "对账密钥；对账由系统呼叫银行"),
    ("预制卡", "银行开户与卡商制卡"),
    ("卡商", "制卡数据、装箱、回盘、交付"),
    ("线上服务渠道", "申领、进度、挂失、补换、启用"),
    ("业务系统", "卡状态查询与停用卡清单"),
    ("财政", "缴费结果"),
    ("全国社保卡服务平台", "电子社保卡签发结果"),
    ("邮政企业", "在手邮件、面单、轨迹、妥投签收"),
    ("自助服务终端", "制卡进度、卡状态、修改密码"),
];

/// Addresses that speak text files too: the file of a reply, or of a request.
fn speaks_text(path: &str) -> (bool, bool) {
    const DATA: [&str; 4] = ["opening-data", "production-data", "allocation-data", "making-data"];
    const RETURNS: [&str; 3] = ["opening-returns", "production-returns", "making-returns"];
    (DATA.iter().any(|d| path.ends_with(d)), RETURNS.iter().any(|r| path.ends_with(r)))
}

/// A body of bytes.
fn binary(says: &str) -> Value {
    json!({ "schema": { "type": "string", "format": "binary", "description": says } })
}

fn is_bytes(media: &Value) -> bool {
    let schema = &media["schema"];
    schema["$ref"].as_str().is_some_and(|r| r.ends_with("/Bytes")) || schema["items"]["format"] == "int32"
}

/// What is sent and what is answered, with an example each.
fn bodies(path: &str, operation: &mut Value, schemas: &Value) {
    let (answers_text, sends_text) = speaks_text(path);
    let asks = operation.get_mut("requestBody").into_iter().flat_map(|b| fields(b, "content"));
    for (media_type, media) in asks {
        if is_bytes(media) {
            *media = binary("相片，JPEG");
            continue;
        }
        let own = examples::example(path).filter(|_| media_type == "application/json");
        media["example"] = own.unwrap_or_else(|| examples::composed(schemas, &media["schema"]));
    }
    if sends_text {
        let file = json!({ "schema": { "type": "string", "description": "回盘文本文件，见接入手册" } });
        operation["requestBody"]["content"]["text/plain"] = file;
    }
    let good = &mut operation["responses"]["200"];
    good["description"] = json!("已办理，或所查询的内容");
    for (_, media) in fields(good, "content") {
        if is_bytes(media) {
            *media = binary("影像或文件的内容");
            continue;
        }
        media["example"] = examples::composed(schemas, &media["schema"]);
    }
    if answers_text {
        let file =
            json!({ "schema": { "type": "string", "description": "文本文件（请求头 Accept: text/plain）" } });
        good["content"]["text/plain"] = file;
    }
    let signed =
        |says: &str| json!({ "description": says, "schema": { "type": "string", "maxLength": 600 } });
    good["headers"] = json!({
        sign::KEY: signed("应答所用的公钥名称"),
        sign::TIME: signed("应答时间，Unix 毫秒"),
        sign::SIGNATURE: signed("对应答规范串的签名，base64"),
        sign::JOURNAL: signed("系统日志此刻的末端"),
    });
}

/// The items of an application's form, by the names under which programs send them; how each must be, the regulation says, and all
/// defects are told at once.
fn form() -> Value {
    let items = Field::TITLE_ROW.iter().chain(Field::PERSONAL).filter(|f| Field::of_code(f.code()).is_some());
    let item = |f: &Field| {
        (f.code().to_owned(), json!({ "type": "string", "title": f.title(), "maxLength": 1_000 }))
    };
    json!({ "type": "object", "title": "申请表各项", "properties": items.map(item).collect::<Map<_, _>>() })
}

/// The document.
pub fn document() -> Value {
    assembled(&mut Vec::new())
}

/// The document, and which fields the dictionary does not know.
fn assembled(unknown: &mut Vec<String>) -> Value {
    let (_, api) = super::routes_of().split_for_parts();
    let mut document = serde_json::to_value(&api).unwrap_or_default();
    document["info"] = json!({
        "title": "kaguan 合作方接口",
        "version": "1",
        "description": "省卡管系统合作方接口。每个请求与应答都用 SM2 签名，见 docs/partners。变更类请求须带 Idempotency-Key。\
    请求体、查询参数中不认识的字段一律拒绝。v1 内只增加：应答可能出现新字段、新取值，请忽略不认识的。",
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/", "description": "省卡管系统" }]);
    document["tags"] = TAGS.iter().map(|(name, says)| json!({ "name": name, "description": says })).collect();
    document["security"] = json!([{ "signature": [] }]);
    document["components"]["securitySchemes"]["signature"] = json!({
        "type": "apiKey",
        "in": "header",
        "name": "Kaguan-Signature",
        "description": "对签名原文的 SM2 签名，base64；会话内为 HMAC-SM3。原文由其余各 Kaguan 请求头、方法、地址和请求体的摘要组成，见接入手册“签名”。",
    });
    let mut used = Vec::new();
    Problem::schemas(&mut used);
    webhooks::schemas(&mut used);
    used.push((Problem::name().into_owned(), Problem::schema()));
    for (name, schema) in used {
        document["components"]["schemas"][name] = serde_json::to_value(schema).unwrap_or_default();
    }
    // Bytes are no schema of their own.
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.remove("Bytes");
    }
    for (name, schema) in fields(&mut document["components"], "schemas") {
        dictionary::complete(name, schema, unknown);
    }
    document["components"]["schemas"]["Application"]["properties"]["form"] = form();
    let parts = document["components"]["schemas"].as_object_mut().map(flat::write_out).unwrap_or_default();
    let schemas = document["components"]["schemas"].clone();
    for (path, item) in fields(&mut document, "paths") {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(operation, key_of(method, path));
            bodies(path, operation, &schemas);
        }
    }
    for (status, says) in problems() {
        let problem = json!({ "$ref": format!("#/components/schemas/{}", Problem::name()) });
        let example = examples::composed(&schemas, &problem);
        document["components"]["responses"][format!("Problem{status}")] = json!({ "description": says, "content": { MEDIA_TYPE: { "schema": problem, "example": example } } });
    }
    document["webhooks"] = webhooks::all(&schemas);
    flat::drop_unused(&mut document, &parts);
    closed::close(&mut document);
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_interface_is_in_the_dictionary() {
        let mut unknown = Vec::new();
        assembled(&mut unknown);
        assert_eq!(unknown, Vec::<String>::new());
    }
}
