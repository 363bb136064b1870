//! The OpenAPI document, made from the code; checked in at `docs/partners/openapi.json` and compared by a test.

use kaguan_api::problem::{MEDIA_TYPE, PROTOCOL, Problem};
use kaguan_api::sign;
use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    ContentBuilder, Info, ObjectBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

fn header(name: &str, says: &str, required: bool) -> Parameter {
    let schema = Schema::Object(ObjectBuilder::new().schema_type(Type::String).build());
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(says))
        .required(if required { Required::True } else { Required::False })
        .schema(Some(RefOr::T(schema)))
        .build()
}

/// What every operation has: the headers of the signature, and its problems.
fn complete(operation: &mut Operation, changes: bool) {
    // What partners read is Chinese: the interface's name, which the code's comment begins with.
    if let Some(summary) = &mut operation.summary {
        let end = summary.find([':', ',', '.']).unwrap_or(summary.len());
        summary.truncate(end);
    }
    operation.description = None;
    let mut headers = vec![
        header(sign::PARTNER, "合作方，如 bank:95588", true),
        header(sign::KEY, "公钥名称，或 session:会话编号", true),
        header(sign::TIME, "Unix 毫秒", true),
        header(sign::NONCE, "随机串，16至64位，不得重复", true),
        header(sign::DIGEST, "请求体的 SM3，小写十六进制", true),
        header(sign::SIGNATURE, "对规范串的签名，base64", true),
    ];
    if changes {
        headers.push(header(
            sign::IDEMPOTENCY,
            "请求编号，1至64位字母、数字或 . _ : -；同号同内容只办理一次",
            true,
        ));
    }
    operation.parameters.get_or_insert_default().extend(headers.into_iter().map(RefOr::T));
    for (status, _) in problems() {
        let named = RefOr::Ref(Ref::from_response_name(format!("Problem{status}")));
        operation.responses.responses.entry(status.to_string()).or_insert(named);
    }
}

/// Every status of a problem, with what it means.
fn problems() -> Vec<(u16, &'static str)> {
    let mut statuses: Vec<u16> = PROTOCOL.iter().map(|p| p.1).chain([404, 409, 422]).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let says = |status| match status {
        400 => "请求格式不正确",
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

/// An example of the body of each call that takes JSON; a test sends every one of them.
fn example(path: &str) -> Option<Value> {
    let holder = json!({ "number": "440106199001010013", "name": "张三" });
    let card = json!({ "bank_card_no": "6295588000000000017" });
    Some(match path {
        "/api/bank/v1/cards/enablings" => json!({ "bank_card_no": "6295588000000000017", "verified": true }),
        "/api/bank/v1/cards/activations" => {
            json!({ "bank_card_no": "6295588000000000017", "manner": "face_to_face" })
        }
        "/api/bank/v1/cards/losses" => json!({ "bank_card_no": "6295588000000000017", "formal": true }),
        "/api/bank/v1/cards/releases" | "/api/bank/v1/cards/account-closures" => card,
        "/api/bank/v1/cards/balances" => json!({ "bank_card_no": "6295588000000000017", "empty": true }),
        "/api/bank/v1/bank-changes" | "/api/bank/v1/bank-changes/call-offs" => holder,
        "/api/bank/v1/bank-changes/approvals" => {
            json!({ "bank_card_no": "6295588000000000017", "refused": "账户有未结清的业务" })
        }
        "/api/bank/v1/intents/answers" => {
            json!({ "bank_card_no": "6295588000000000017", "seq": 3, "result": "done" })
        }
        "/api/bank/v1/failure-guide" => json!({ "rows": [
            { "code": "KYC01", "reason": "客户职业信息缺失", "remedy": "补采职业后重新提交" },
        ] }),
        "/api/vendor/v1/batches/{batch}/incomplete" => json!({ "missing": "bank_data", "rows": [] }),
        "/api/vendor/v1/bank-data" => json!({ "month": "2026-11", "rows": [
            { "bank": "95588", "batches": 12, "in_time": 11 },
        ] }),
        "/api/vendor/v1/batches/{batch}/boxes" => {
            json!({ "number": "1-001", "outlet": "44010600000101", "cards": 500 })
        }
        "/api/vendor/v1/batches/{batch}/deliveries" => {
            json!({ "number": "1-001", "responsible": "张三", "manner": "专车", "tracking": "SF1234567890" })
        }
        "/api/vendor/v1/blank-orders/{order}/boxes" => json!({ "number": "1-Y001", "cards": 200 }),
        "/api/vendor/v1/blank-orders/{order}/deliveries" => {
            json!({ "number": "1-Y001", "responsible": "张三", "tracking": "SF1234567890" })
        }
        "/api/online/v1/applications" => json!({
            "form": { "form_no": "44010000001", "name": "张三", "document_kind": "1",
                "document_number": "440106199001010013" },
            "outlet": "44010600000101", "consent": "2022",
        }),
        "/api/online/v1/replacements/withdrawals" => json!({ "holder": holder, "form_no": "44010000002" }),
        "/api/messages/v1/fetched" => json!({ "ids": [] }),
        "/api/online/v1/progress"
        | "/api/online/v1/enablings"
        | "/api/online/v1/bank-changes/call-offs"
        | "/api/online/v1/one-card/find" => {
            json!({ "holder": holder })
        }
        "/api/online/v1/losses" => json!({ "holder": holder, "bank": "95588" }),
        "/api/online/v1/replacements" => json!({
            "holder": holder, "purpose": "reissue", "form_no": "44010000002", "outlet": "44010600000101",
            "consent": "2022",
            "agent": { "name": "李四", "document_kind": "1", "document_number": "440106199001010021",
                "phone": "13900000000", "relation": "direct_relative", "ground": "elderly" },
        }),
        "/api/online/v1/bank-changes" => json!({ "holder": holder, "to": "95533" }),
        "/api/online/v1/one-card/clean-ups" => {
            json!({ "holder": holder, "cards": ["1", "2"], "slip": "YRYK-2026-0001", "keep": "2" })
        }
        "/api/business/v1/cards/status" => json!({ "number": "440106199001010013" }),
        "/api/business/v1/cards/statuses" => json!({ "numbers": ["440106199001010013"] }),
        "/api/treasury/v1/payments" => json!({
            "form_no": "44010000001", "number": "440106199001010013", "receipt": "440001260000000001",
            "amount": 2000, "currency": "CNY", "check": "a1b2c3", "paid_at": 1_795_395_600_000_i64,
        }),
        _ => return None,
    })
}

/// The document.
pub fn document() -> OpenApi {
    let (_, mut api) = super::routes_of().split_for_parts();
    api.info = Info::new("kaguan 合作方接口", "1");
    api.info.description = Some(
        "省卡管系统合作方接口。每个请求与应答都用 SM2 签名，见 docs/partners。变更类请求须带 Idempotency-Key。".into(),
    );
    for (path, item) in &mut api.paths.paths {
        if let Some(get) = &mut item.get {
            complete(get, false);
        }
        if let Some(post) = &mut item.post {
            let body = post.request_body.as_mut().and_then(|b| match b {
                RefOr::T(body) => body.content.get_mut("application/json"),
                RefOr::Ref(_) => None,
            });
            if let Some(RefOr::T(body)) = body {
                body.example = example(path);
            }
            let reads = [
                "/statuses",
                "/status",
                "/progress",
                "/one-card/find",
                "-data",
                "/session/v1",
                "/close",
                "/photos",
            ];
            complete(post, !reads.iter().any(|r| path.ends_with(r)));
        }
    }
    let components = api.components.get_or_insert_default();
    let mut used = Vec::new();
    Problem::schemas(&mut used);
    components.schemas.extend(used);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    for (status, says) in problems() {
        let schema = RefOr::Ref(Ref::from_schema_name(Problem::name()));
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new().description(says).content(MEDIA_TYPE, content).build();
        components.responses.insert(format!("Problem{status}"), RefOr::T(response));
    }
    api
}
