//! What the system sends to partners, in the document: messages, reconciliation, questions to the registers.

use super::{Key, complete, examples, problems};
use kaguan_api::message as m;
use kaguan_api::reconcile as r;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

fn of<T: ToSchema + PartialSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(all);
    all.push((T::name().into_owned(), T::schema()));
}

/// What the webhooks need besides.
pub(super) fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
    of::<m::Link>(all);
    of::<m::ChangeReserved>(all);
    of::<m::ChangeDecided>(all);
    of::<m::AccountUnused>(all);
    of::<m::ECardIssue>(all);
    of::<m::ECardState>(all);
    of::<m::FeeOrder>(all);
    of::<m::Notice>(all);
    of::<m::Taken>(all);
    of::<r::AskSums>(all);
    of::<r::SumsOf>(all);
    of::<r::AskRows>(all);
    of::<r::RowsOf>(all);
    of::<m::AskChecks>(all);
    of::<m::Checks>(all);
    of::<m::Deaths>(all);
    of::<m::Identities>(all);
    of::<m::AskRecord>(all);
    of::<m::Record>(all);
    of::<m::CheckPerson>(all);
    of::<m::AskFace>(all);
    of::<m::FaceAnswer>(all);
    of::<m::AskReceipts>(all);
    of::<m::Receipts>(all);
    of::<m::ReceiptPhotos>(all);
}

/// Messages: kind, to whom, the schema of the body, and whether more than `{}` is answered.
const MESSAGES: [(&str, &str, &str); 8] = [
    ("bank.link", "银行：联动指令", "Link"),
    ("bank.change_reserved", "银行：变更服务银行预约（原银行）", "ChangeReserved"),
    ("bank.change_decided", "银行：变更服务银行结果（新银行；撤销和失效两行都通知）", "ChangeDecided"),
    ("bank.account_unused", "银行：卡未制成，账户没有社保卡，请销户", "AccountUnused"),
    ("sms.notice", "短信：发送短信", "Notice"),
    ("ecard.issue", "全国社保卡服务平台：申领电子社保卡", "ECardIssue"),
    ("ecard.state", "全国社保卡服务平台：电子社保卡状态", "ECardState"),
    ("fee.order", "财政：缴款书", "FeeOrder"),
];

/// Questions: the address below the partner's own, what it is, the schemas of question and answer.
const QUESTIONS: [(&str, &str, &str, &str); 9] = [
    ("reconciliation/sums", "银行：各区间的和", "AskSums", "SumsOf"),
    ("reconciliation/rows", "银行：区间内的卡", "AskRows", "RowsOf"),
    ("checks", "核验系统：身份、生存状态、参保核验", "AskChecks", "Checks"),
    ("deaths", "核验系统：死亡比对", "AskChecks", "Deaths"),
    ("identities", "核验系统：同一人的其他号码和证件", "AskChecks", "Identities"),
    ("records", "公安：证件登记信息", "AskRecord", "Record"),
    ("face-checks", "公安：人脸核验（自助服务设施）", "AskFace", "FaceAnswer"),
    ("photo-receipts", "相片检测审核平台：核对回执", "AskReceipts", "Receipts"),
    ("receipt-photos", "相片检测审核平台：回执的相片和检测结论", "AskReceipts", "ReceiptPhotos"),
];

fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn hook(id: &str, says: &str, address: &str, question: Value, answer: Value, schemas: &Value) -> Value {
    let asks = examples::composed(schemas, &question);
    let mut operation = json!({
        "operationId": id,
        "summary": says,
        "tags": ["系统呼叫合作方"],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": question, "example": asks } },
        },
        "responses": { "200": { "description": "已收妥，或所问的答案；应答须签名", "content": answer } },
    });
    complete(&mut operation, Key::None);
    operation["summary"] = json!(says);
    operation["description"] = json!(format!(
        "POST <接口地址>/{address}。请求头 Kaguan-Partner 为 system:kaguan，签名规则与合作方呼叫系统相同，用系统公钥核验。"
    ));
    // What a partner answers when it cannot is its own; what it means is in the handbook.
    if let Some(responses) = operation["responses"].as_object_mut() {
        for (status, _) in problems() {
            responses.remove(&status.to_string());
        }
        responses.insert(
            "400".into(),
            json!({ "description": "报文有误（400、404、409、410、413、415、422 均为不再重发）" }),
        );
        responses
            .insert("401".into(), json!({ "description": "签名、时间或随机串不被接受；系统重新签名后重发" }));
        responses.insert("503".into(), json!({ "description": "暂时不能办理；系统稍后重发" }));
    }
    json!({ "post": operation })
}

/// Every one.
pub(super) fn all(schemas: &Value) -> Value {
    let mut hooks = Map::new();
    let answer = |schema: Value| {
        let example = examples::composed(schemas, &schema);
        json!({ "application/json": { "schema": schema, "example": example } })
    };
    for (kind, says, body) in MESSAGES {
        let question = json!({
            "type": "object",
            "required": ["id", "kind", "body"],
            "properties": {
                "id": { "type": "integer", "format": "int64", "title": "消息编号，重发时不变" },
                "kind": { "type": "string", "enum": [kind], "title": "消息种类" },
                "body": named(body),
            },
        });
        let taken = match kind == "bank.link" || kind == "ecard.issue" {
            true => answer(named("Taken")),
            false => json!({ "application/json": { "schema": { "type": "object" }, "example": {} } }),
        };
        let id = format!("webhook_{}", kind.replace('.', "_"));
        hooks.insert(kind.into(), hook(&id, says, "messages", question, taken, schemas));
    }
    for (address, says, question, reply) in QUESTIONS {
        let id = format!("webhook_{}", address.replace(['/', '-'], "_"));
        hooks
            .insert(address.into(), hook(&id, says, address, named(question), answer(named(reply)), schemas));
    }
    let jpeg = json!({ "image/jpeg": { "schema": { "type": "string", "format": "binary" } } });
    let says = "公安：二代身份证相片，没有的应答为空";
    hooks
        .insert("photos".into(), hook("webhook_photos", says, "photos", named("CheckPerson"), jpeg, schemas));
    Value::Object(hooks)
}
