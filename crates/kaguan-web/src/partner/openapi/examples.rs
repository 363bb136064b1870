//! Examples of what is sent and answered: each is of its schema, and a test sends those of requests.

use serde_json::{Value, json};

/// An example of the body of each call that takes JSON; a test sends every one of them.
pub(super) fn example(path: &str) -> Option<Value> {
    let holder = json!({ "number": "440106199001010013", "name": "张三" });
    let card = json!({ "bank_card_no": "6295588000000000017" });
    let chip = "00112233445566778899AABBCCDDEEFF";
    let inside = json!({ "card_no": "D2143569X", "chip": chip, "pin_verified": true });
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
        "/api/terminal/v1/progress" | "/api/terminal/v1/status" => json!({ "inside": inside }),
        "/api/terminal/v1/pin-changes" => json!({ "inside": inside, "risks_told": true }),
        "/api/post/v1/labels" => json!({ "parcels": [
            { "parcel": "1-1", "tracking": "EA123456789CN" },
        ] }),
        "/api/post/v1/events" => json!({
            "parcel": "1-1", "tracking": "EA123456789CN", "step": "returning", "at": 1_795_395_600_000_i64,
            "reason": "收件人电话无法接通",
        }),
        "/api/post/v1/signatures" => json!({
            "parcel": "1-1", "tracking": "EA123456789CN", "pick_up_code": "135790", "proof_no": "TT-2026-0001",
            "signer": "张三", "signed_on": "2026-11-26",
        }),
        "/api/ecard/v1/numbers" => json!({
            "card": 1_125_899_906_842_624_i64, "number": "440106199001010013", "e_card_no": "E0001125899906842624",
        }),
        _ => return None,
    })
}

/// An example of a schema, put together from those of its fields.
pub(super) fn composed(all: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return composed(all, &all[name]);
    }
    for given in [&schema["example"], &schema["enum"][0]] {
        if !given.is_null() {
            return given.clone();
        }
    }
    if let Some(kinds) = schema["oneOf"].as_array() {
        let first = kinds.iter().find(|k| k["type"] != "null");
        return first.map_or(Value::Null, |k| composed(all, k));
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|k| *k != "null").and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let must =
                |name: &String| schema["required"].as_array().is_some_and(|r| r.iter().any(|n| n == name));
            let one = |(name, of): (&String, &Value)| match composed(all, of) {
                Value::Null if must(name) => Some((name.clone(), json!({}))),
                Value::Null => None,
                example => Some((name.clone(), example)),
            };
            Value::Object(fields.filter_map(one).collect())
        }
        Some("array") => {
            let each = schema["prefixItems"].as_array();
            let many = schema["minItems"].as_u64().unwrap_or(1).max(1);
            match each {
                Some(each) => each.iter().map(|of| composed(all, of)).collect(),
                None => (0..many).map(|_| composed(all, &schema["items"])).collect(),
            }
        }
        Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        Some("boolean") => json!(true),
        Some("string") => schema["default"].clone(),
        _ => Value::Null,
    }
}
