//! 字段字典: what every field of the interface is called in Chinese, how long it may be, of which form and from which words. The
//! published document takes it from here, and so does the reader of bodies: what is written there is what happens.

use serde_json::{Value, json};

/// A form that text may have to have.
#[derive(Debug)]
pub(super) struct Form {
    /// As a regular expression, in the document.
    pub(super) pattern: &'static str,
    /// In Chinese.
    pub(super) says: &'static str,
    pub(super) fits: fn(&str) -> bool,
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// Index of a form in [`FORMS`].
type OfForm = usize;
const CITY: OfForm = 0;
const BANK: OfForm = 1;
const OUTLET: OfForm = 2;
const MONTH: OfForm = 3;

/// Every form.
pub(super) const FORMS: &[Form] = &[
    Form { pattern: "^[0-9]{4}$", says: "4位数字", fits: |t| digits(t, 4) },
    Form { pattern: "^[0-9]{5}$", says: "5位数字", fits: |t| digits(t, 5) },
    Form { pattern: "^[0-9]{14}$", says: "14位数字", fits: |t| digits(t, 14) },
    Form {
        pattern: "^[0-9]{4}-(0[1-9]|1[0-2])$",
        says: "月份，如 2026-11",
        fits: |t| {
            let fits = |(y, m): (&str, &str)| {
                digits(y, 4) && digits(m, 2) && m.parse().is_ok_and(|m: u8| (1..=12).contains(&m))
            };
            t.split_once('-').is_some_and(fits)
        },
    },
];

/// What is known of a field.
struct Entry {
    /// Its name; behind the name of its schema where it means something else there.
    name: &'static str,
    title: &'static str,
    /// Characters at most; 0 for what is no text.
    longest: usize,
    form: Option<OfForm>,
    /// The words that it may be; none for any.
    words: &'static [&'static str],
    example: &'static str,
}

const fn plain(name: &'static str, title: &'static str) -> Entry {
    Entry { name, title, longest: 0, form: None, words: &[], example: "" }
}

const fn text(name: &'static str, title: &'static str, longest: usize, example: &'static str) -> Entry {
    Entry { longest, example, ..plain(name, title) }
}

const fn word(name: &'static str, title: &'static str, words: &'static [&'static str]) -> Entry {
    Entry { longest: 32, words, example: words[0], ..plain(name, title) }
}

const fn coded(name: &'static str, title: &'static str, form: OfForm, example: &'static str) -> Entry {
    Entry { longest: example.len(), form: Some(form), example, ..plain(name, title) }
}

fn entry(schema: &str, field: &str) -> Option<&'static Entry> {
    let own = ENTRIES.iter().find(|e| e.name.split_once('.') == Some((schema, field)));
    own.or_else(|| ENTRIES.iter().find(|e| e.name == field))
}

/// What stands under a name, field by field; nothing is put there by looking.
pub(super) fn fields<'a>(of: &'a mut Value, name: &str) -> impl Iterator<Item = (&'a String, &'a mut Value)> {
    of.get_mut(name).and_then(Value::as_object_mut).into_iter().flatten()
}

/// Writes what is known of the fields of a schema into it, and lets `known` hear which fields nothing is known of.
pub(super) fn complete(name: &str, schema: &mut Value, unknown: &mut Vec<String>) {
    for (field, of) in fields(schema, "properties") {
        match entry(name, field) {
            Some(entry) => write(entry, of),
            None => unknown.push(format!("{name}.{field}")),
        }
        // The items of the form are named by the regulation.
        if of["properties"].is_object() && field != "form" {
            complete(name, of, unknown);
        }
    }
    for part in ["allOf", "oneOf"] {
        for one in schema.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten() {
            complete(name, one, unknown);
        }
    }
}

fn is_text(schema: &Value) -> bool {
    let kind = &schema["type"];
    kind == "string" || kind.as_array().is_some_and(|k| k.iter().any(|k| k == "string"))
}

fn write(entry: &Entry, of: &mut Value) {
    of["title"] = json!(entry.title);
    let of = match of["type"] == "array" {
        true => &mut of["items"],
        false => of,
    };
    if !is_text(of) || of["enum"].is_array() {
        return;
    }
    let nullable = of["type"].is_array();
    match (entry.words, entry.form) {
        ([], Some(form)) => of["pattern"] = json!(FORMS[form].pattern),
        ([], None) => of["maxLength"] = json!(entry.longest.max(1)),
        (words, _) => {
            let null = nullable.then_some(Value::Null);
            of["enum"] = words.iter().map(|w| json!(w)).chain(null).collect();
        }
    }
    if of["example"].is_null() && of["default"].is_null() {
        of["example"] = json!(entry.example);
    }
}

/// 字段字典 as a page of the handbook: every field of every schema of the document.
pub(super) fn page(document: &Value) -> String {
    let mut out = String::from(
        "# 字段字典\n\n由程序生成。长度按字符计，空为不限；必填一栏为空的可以不带。说明一栏的英文取自接口文档。\n",
    );
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let mut rows = Vec::new();
        described(schema, &mut rows);
        if !rows.is_empty() {
            out.push_str(&format!(
                "\n## {name}\n\n| 字段 | 名称 | 类型 | 必填 | 长度、格式、取值 |\n|---|---|---|---|---|\n"
            ));
            rows.iter().for_each(|row| out.push_str(row));
        }
    }
    out
}

fn described(schema: &Value, rows: &mut Vec<String>) {
    let required = schema["required"].as_array();
    for (field, of) in schema["properties"].as_object().into_iter().flatten() {
        let one = if of["type"] == "array" { &of["items"] } else { of };
        let kind = match (&of["type"], of["$ref"].as_str().or(of["oneOf"][0]["$ref"].as_str())) {
            (_, Some(named)) => named.rsplit('/').next().unwrap_or_default().to_owned(),
            (Value::Array(kinds), _) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("、"),
            (Value::String(kind), _) if kind == "array" => match one["$ref"].as_str() {
                Some(named) => format!("{}[]", named.rsplit('/').next().unwrap_or_default()),
                None => format!("{}[]", one["type"].as_str().unwrap_or_default()),
            },
            (kind, _) => kind.as_str().unwrap_or_default().to_owned(),
        };
        let must = required.is_some_and(|r| r.iter().any(|n| n == field));
        let bound = [
            one["maxLength"].as_u64().map(|n| format!("至多{n}")),
            FORMS.iter().find(|f| one["pattern"] == f.pattern).map(|f| f.says.to_owned()),
            one["enum"].as_array().map(|words| {
                words.iter().filter_map(Value::as_str).map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" ")
            }),
        ];
        let bound = bound.into_iter().flatten().collect::<Vec<_>>().join("；");
        let title = of["title"].as_str().unwrap_or_default();
        let must = if must { "是" } else { "" };
        rows.push(format!("| `{field}` | {title} | {kind} | {must} | {bound} |\n"));
    }
    for part in ["allOf", "oneOf"] {
        schema[part].as_array().into_iter().flatten().for_each(|one| described(one, rows));
    }
}

/// The kinds of message, as they wait and as they were tried.
const MESSAGES: &[&str] = &[
    "bank.link",
    "bank.change_reserved",
    "bank.change_decided",
    "bank.account_unused",
    "sms.notice",
    "ecard.issue",
    "ecard.state",
    "fee.order",
];

/// What is known of every field, by its name.
const ENTRIES: &[Entry] = &[
    word("account", "银行账户状态", &["none", "pre_opened", "active", "closed"]),
    text("account_no", "银行账户", 64, "5588000000000017"),
    text("address", "住址", 400, "广州市天河区某路1号"),
    text("admin_pin", "管理员PIN（密文）", 2048, "MIGfAiEA"),
    text("agency", "经办机构", 14, "44010600000101"),
    plain("agent", "代办人"),
    word("PersonChecks.alive", "生存状态核验结果", &["passed", "failed", "not_on_record", "unavailable"]),
    plain("alive", "生存状态已核验"),
    plain("amount", "金额（分）"),
    plain("answer", "对联动指令的应答"),
    plain("answers", "逐一的应答"),
    text("application_type", "申请类型", 2, "1"),
    plain("applications", "申请"),
    text("area", "发卡地市", 4, "4401"),
    plain("arrived", "已补齐"),
    plain("at", "办理时间（Unix毫秒）"),
    coded("BankDataRow.bank", "银行代码", BANK, "95588"),
    text("CardLine.bank", "服务银行名称", 64, "中国工商银行"),
    text("Loss.bank", "服务银行", 32, "95588"),
    coded("OnlineLoss.bank", "服务银行", BANK, "95588"),
    text("bank", "服务银行", 5, "95588"),
    text("bank_card_no", "银行卡号", 32, "6295588000000000017"),
    text("batch", "批次编号（地址中使用）", 32, "1"),
    plain("BankDataRow.batches", "当月批次数"),
    plain("batches", "批次"),
    text("birth_date", "出生日期", 8, "19990101"),
    plain("body", "消息内容，随 kind 而定"),
    text("box", "装箱位置", 64, "1-001"),
    plain("by_guardian", "监护人已同意"),
    plain("ECardIssue.card", "卡编号"),
    plain("ECardNumbered.card", "卡编号，同 ecard.issue"),
    plain("ECardState.card", "卡编号"),
    text("card", "卡编号", 32, "1"),
    text("card_kind", "卡类别", 2, "1"),
    text("card_no", "社保卡卡号", 32, "A00000017"),
    text("card_tail", "卡号后四位", 4, "0017"),
    plain("PackBlanks.cards", "箱内张数"),
    plain("PackBox.cards", "箱内张数"),
    plain("Sums.cards", "区间内的卡数"),
    plain("cards", "卡"),
    text("check", "校验码", 32, "a1b2c3"),
    plain("checks", "核验结果，与提问同序"),
    text("AskFace.chip", "身份证芯片内的相片（base64）", 200000, "/9j/"),
    text("chip", "卡识别码", 64, "00112233445566778899AABBCCDDEEFF"),
    text(
        "chip_key",
        "芯片签名公钥",
        130,
        "04852611f744af045689dcfbf4c0437730d2d2de332ab7f0fc02769c5fab8a89437d9384f19ab882ed668a28936db92475aa79aef8690ee36f6fb77c69b9b571f8",
    ),
    text("CardLine.city", "地市名称", 32, "广州市"),
    coded("CleanUp.city", "本市", CITY, "4401"),
    text("city", "地市", 4, "4401"),
    text("clause", "依据条款", 16, "R23.1"),
    text("clerks", "两名经办人工号", 64, "GH001"),
    text("AllocationResult.code", "失败代码（本行自定）", 64, "KYC01"),
    text("CardKeySet.code", "结论代码", 64, "done"),
    text("Label.code", "结论代码", 64, "done"),
    text("Defect.code", "问题代码", 64, "missing_field"),
    text("FailureGuideRow.code", "失败代码（本行自定）", 64, "KYC01"),
    text("OpeningResult.code", "失败代码（本行自定）", 64, "KYC01"),
    text("Problem.code", "错误代码", 64, "already_lost"),
    text("ProductionResult.code", "失败代码（本厂自定）", 64, "M03"),
    text("Verdict.code", "结论代码", 64, "done"),
    text("collection_point", "受理点编码", 32, "44010395588001"),
    text("consent", "授权书文本版本", 64, "2022"),
    text("copy", "本行留存的档案号", 128, "DA-2026-0001"),
    text("currency", "币种", 8, "CNY"),
    plain("deaths", "死亡比对结果，与提问同序"),
    plain("defects", "全部问题"),
    plain("deputy", "代办人"),
    text("detail", "说明：什么、依据、怎么办", 4000, "该卡已挂失。"),
    plain("details", "开户和制卡所需的其余资料"),
    plain("document", "可提取生僻字证件影像"),
    text("document_image", "证件影像（base64）", 3000000, ""),
    text("Agent.document_kind", "证件类型（申请表一位代码）", 2, "1"),
    text("document_kind", "证件类型", 2, "1"),
    text("document_number", "证件号码", 64, "440106199001010013"),
    text("document_valid_until", "证件有效期", 8, "20360101"),
    text("e_card_no", "电子社保卡卡号", 64, "E0001125899906842624"),
    text("email", "电子邮箱", 200, ""),
    text("employer", "单位编号", 64, "DW0001"),
    text("employer_name", "单位名称", 400, "广州某某有限公司"),
    text("employer_no", "单位编号", 64, "DW0001"),
    plain("empty", "账户无余额"),
    text("encryption_certificate", "加密证书（DER，base64）", 8192, "MIIB"),
    text("encryption_key", "加密密钥（密文）", 2048, "MIGf"),
    word("entitlement", "参保或就业核验结果", &["passed", "failed", "not_on_record", "unavailable"]),
    plain("entry", "系统日志行号"),
    text("error", "号码的问题", 400, ""),
    text("ethnicity", "民族", 2, "01"),
    plain("fen", "应缴金额（分）"),
    text("field", "有问题的字段", 200, "bank_card_no"),
    plain("form", "申请表各项"),
    text("form_no", "申领表编码", 64, "44010000001"),
    plain("formal", "正式挂失（否为临时挂失）"),
    text("findings", "检测发现的问题", 100, "背景略暗"),
    plain("Range.from", "区间起点"),
    plain("from", "启用时间（Unix毫秒）"),
    plain("ground", "代办原因"),
    text("guardian_document_kind", "监护人证件类型", 2, ""),
    text("guardian_document_number", "监护人证号", 64, ""),
    text("guardian_name", "监护人姓名", 200, ""),
    plain("high", "高位之和"),
    plain("holder", "持卡人"),
    text("holds", "限制使用的原因", 32, "temporary_loss"),
    plain("home_visit", "双人上门"),
    text("household_address", "户口地址", 400, "广州市天河区某路1号"),
    text("household_division", "户籍地", 6, "440106"),
    text("household_kind", "户口性质", 2, "10"),
    plain("id", "消息编号"),
    word(
        "PersonChecks.identity",
        "姓名与号码核验结果",
        &["passed", "failed", "not_on_record", "unavailable"],
    ),
    plain("identity", "个人身份信息已核验"),
    plain("identity_card_photo", "授权使用二代身份证相片"),
    text("identity_image", "代办人证件影像（JPEG，base64）", 2000000, "/9j/"),
    plain("ids", "消息编号"),
    plain("in_force", "可作为社保卡使用"),
    plain("inside", "终端内的社保卡"),
    plain("in_time", "按时到齐的批次数"),
    text("issued_on", "发卡日期", 10, "2026-11-26"),
    text("issuing_authority", "证件签发机关", 200, "广州市公安局"),
    text("keep", "保留的卡", 32, "1"),
    plain("labels", "面单，与提问同序"),
    text("Session.key", "会话密钥（密文）", 1024, "MIGf"),
    text(
        "SharedKey.key",
        "对账共享密钥",
        64,
        "3333333333333333333333333333333333333333333333333333333333333333",
    ),
    text("key", "公钥名称", 64, "kaguan-1"),
    word(
        "Link.kind",
        "联动指令",
        &[
            "lose_temporarily",
            "lose_formally",
            "release_loss",
            "lock",
            "unlock",
            "restrict",
            "unrestrict",
            "close",
            "open_pre_made",
        ],
    ),
    plain("attempts", "各次发送"),
    plain("questions", "各次提问"),
    text("Question.path", "提问的接口", 64, "/checks"),
    plain("Question.about", "人数或件数"),
    plain("Question.at", "提问时间（Unix毫秒）"),
    word("Question.outcome", "结果", &["answered", "unreadable", "silent"]),
    plain("Attempt.at", "发送时间（Unix毫秒）"),
    plain("ParcelEvent.at", "发生时间（Unix毫秒）"),
    word("Attempt.kind", "消息种类", MESSAGES),
    plain("Attempt.message", "消息编号"),
    plain("next_at", "下次发送时间（Unix毫秒）"),
    plain("Attempt.number", "该消息的第几次发送"),
    word("Attempt.outcome", "结果", &["taken", "later", "given_up"]),
    text("said", "对方应答", 400, "status 503"),
    plain("took", "耗时（毫秒）"),
    word("Outgoing.kind", "消息种类", MESSAGES),
    plain("line", "行次，自1起"),
    text("AskFace.live", "现场拍摄的相片（JPEG，base64）", 6000000, "/9j/"),
    plain("low", "低位之和"),
    text("made_on", "制卡日期", 10, "2026-11-26"),
    text("mailing_address", "邮寄地址", 400, "广州市天河区某路1号"),
    plain("Activate.manner", "核验方式"),
    text("manner", "发放方式", 200, "专车"),
    text("master_key", "主控密钥（密文）", 2048, "MIGf"),
    text("message", "问题与办法", 2000, "缺失，应为文本"),
    plain("messages", "消息"),
    word("missing", "未收齐的数据", &["social_data", "bank_data"]),
    text("mobile", "联系手机", 32, "13900000000"),
    coded("month", "月份", MONTH, "2026-11"),
    text("name", "姓名", 200, "张三"),
    text("nationality", "国籍", 3, "CHN"),
    text("Parcels.next", "其余从其后开始", 64, "1-0"),
    plain("next", "下一把公钥"),
    text("Batch.number", "批次号", 64, "4401955882026112600001"),
    text("BlankOrder.ended", "省卡管机构终止该批的原因，待答复知悉", 2000, "芯片型号不符"),
    text("BlankOrder.findings", "回盘检查发现的问题，待更正", 2000, "装箱位置与送货单不符"),
    text("BlankOrder.number", "申请批次", 64, "44012026112600001"),
    text("Deliver.number", "装箱位置", 64, "1-001"),
    text("DeliverBlanks.number", "装箱位置", 64, "1-Y001"),
    text("PackBlanks.number", "装箱位置", 64, "1-Y001"),
    text("PackBox.number", "装箱位置", 64, "1-001"),
    text("number", "社会保障号码", 32, "440106199001010013"),
    text("numbers", "社会保障号码", 32, "440106199001010013"),
    text("occupation", "职业", 7, "3010000"),
    text("order", "申请编号（地址中使用）", 32, "1"),
    plain("orders", "申请"),
    word("outcome", "变更结果", &["approved", "refused", "withdrawn", "lapsed", "card_made"]),
    text("Application.outlet", "领卡网点", 64, "44010600000101"),
    coded("PackBox.outlet", "领卡网点", OUTLET, "44010600000101"),
    text("Replacement.outlet", "领卡网点", 64, "44010600000101"),
    text("outlet", "网点编码", 14, "44010600000101"),
    text("outlet_name", "寄出网点名称", 200, "天河区经办网点"),
    plain("owner", "账户归谁"),
    plain("paid_at", "缴款时间（Unix毫秒）"),
    text("parcel", "邮件（接口中的名称）", 64, "1-1"),
    plain("parcels", "邮件"),
    plain("Batch.people", "人数"),
    plain("people", "人员"),
    text("person_status", "人员状态", 2, "1"),
    text("personal_account", "个人账户", 64, "8888000000000017"),
    text("phone", "联系电话", 64, "02000000000"),
    plain("ProductionRow.photo", "印相片"),
    text("ReceiptPhoto.photo", "相片（JPEG，base64）", 100000, "/9j/"),
    text("photo", "相片编号", 128, ""),
    text("photo_receipt", "相片回执", 64, "XP20261126000001"),
    plain("photos", "各回执的相片，与提问同序"),
    text("pick_up_code", "短信取件码", 16, "135790"),
    plain("pin_locked", "社保应用密码已锁定"),
    plain("pin_verified", "芯片已核验密码"),
    text("place", "现在何处", 200, "已寄出"),
    text("position", "现在何处（稳定名称）", 64, "accepted"),
    text("posted_on", "寄出日期", 10, "2026-11-26"),
    plain("post", "邮递上门"),
    plain("postage_told", "已告知邮费"),
    text("postal_address", "通讯地址", 400, "广州市天河区某路1号"),
    text("postcode", "邮政编码", 6, "510000"),
    text("proof", "关系证明", 200, "ZM-1"),
    text("proof_no", "签收凭证编号", 128, "TT-2026-0001"),
    plain("proxy", "代办"),
    text(
        "public",
        "公钥",
        130,
        "04852611f744af045689dcfbf4c0437730d2d2de332ab7f0fc02769c5fab8a89437d9384f19ab882ed668a28936db92475aa79aef8690ee36f6fb77c69b9b571f8",
    ),
    word("public_security", "公安", &["alive", "dead", "not_on_record", "unavailable"]),
    plain("purpose", "补换卡原因"),
    plain("quantity", "张数"),
    plain("ranges", "区间"),
    text("reason", "原因（中文）", 1000, "客户职业信息缺失"),
    text("PhotoReceipt.receipt", "相片回执号", 64, "XP20261126000001"),
    text("receipt", "票据代码和票据号码", 64, "440001260000000001"),
    text("Receipts.receipts", "回执核对结果，与提问同序", 16, "passed"),
    plain("receipts", "相片回执"),
    text("recipient", "收件人", 200, "张三"),
    text("recipient_phone", "收件人联系方式", 64, "13900000000"),
    text("refused", "不同意的原因", 1000, "账户有未结清的业务"),
    text("FaceAnswer.reference", "核验流水号", 64, "20261128000001"),
    plain("relation", "与申请人关系"),
    text("relation_image", "户口簿或监护人证明影像（JPEG，base64）", 2000000, "/9j/"),
    text("remedy", "处理办法", 1000, "补采职业后重新提交"),
    plain("repeated", "此前已办结，本次未重复办理"),
    text("replacement_reason", "补换原因", 200, ""),
    text("reset", "卡复位码", 64, "3B6D00000080318065B0890201"),
    text("responsible", "责任人", 200, "张三"),
    word("FaceAnswer.result", "核验结果", &["same", "different", "not_comparable"]),
    word("ReceiptPhoto.result", "检测结论", &["passed", "failed", "not_on_record", "unavailable"]),
    plain("result", "结论"),
    plain("retry", "原样重试可能成功"),
    plain("risks_told", "已告知用卡风险和密码要求"),
    text("row", "行号", 64, "1-1"),
    text("Incomplete.rows", "未收齐的行号", 64, "1-1"),
    plain("RowsOf.rows", "位置与状态"),
    plain("rows", "各行"),
    plain("seq", "该卡上的序号"),
    text("session", "会话编号", 64, "00112233445566778899aabbccddeeff"),
    text("sex", "性别", 1, "1"),
    text("signed_on", "签收日期", 10, "2026-11-26"),
    text("signer", "签收人姓名", 200, "张三"),
    text("signing_certificate", "签名证书（DER，base64）", 8192, "MIIB"),
    plain("size", "区间大小"),
    text("slip", "确认单编号", 200, "YRYK-2026-0001"),
    word("social", "社保功能状态", &["none", "not_enabled", "enabled", "cancelled"]),
    word("social_security", "社保", &["alive", "dead", "not_on_record", "unavailable"]),
    word("Batch.state", "批次环节", &["confirmed", "at_bank", "opened", "at_vendor", "made", "ended"]),
    word("ECardState.state", "电子社保卡状态", &["normal", "identity_only", "suspended", "cancelled"]),
    plain("OneAnswer.status", "卡状态"),
    plain("Problem.status", "HTTP状态码"),
    word("BlankOrder.step", "申请环节", &["generated", "at_bank", "at_vendor", "made"]),
    plain("ParcelEvent.step", "邮件状态"),
    text("Step.step", "公开的进度", 64, "制卡"),
    plain("sums", "各区间之和"),
    text("text", "短信内容", 2000, "您的社会保障卡已制成"),
    text("title", "问题概要", 200, "该卡已挂失"),
    coded("BankChange.to", "新服务银行", BANK, "95533"),
    text("ChangeReserved.to", "新服务银行", 5, "95533"),
    coded("Deliver.to", "寄达机构", OUTLET, "44010000000001"),
    coded("DeliverBlanks.to", "寄达机构", OUTLET, "44010000000001"),
    text("Notice.to", "手机号码", 32, "13900000000"),
    text("tracking", "单号", 128, "SF1234567890"),
    text("type", "错误类型", 128, "urn:kaguan:problem:already_lost"),
    plain("until", "到期时间（Unix毫秒）"),
    plain("urgent", "加急"),
    text("valid_from", "证件有效期起", 16, "20160101"),
    text("OtherIdentifier.valid_until", "证件有效期", 16, "20360101"),
    text("valid_until", "有效期至", 16, "2036-11-26"),
    text("vendor", "卡制作厂商", 8, "1"),
    text("verb", "业务种类", 64, "loss.report_formal"),
    plain("verified", "身份已核实"),
    plain("will", "办理意愿已核验"),
];
