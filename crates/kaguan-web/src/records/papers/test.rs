//! Printed papers: each item of the appendices on the page and in the PDF, how many pages, the QR code, and what nobody learns.
//! Pictures of the pages are written to `target/printed`, or to the directory of `KAGUAN_PICTURES`.

use super::{Door, lines, signed_in};
use crate::press::press;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::application::FilledIn;
use kaguan_domain::application::printed::{DECLARATION, PASTED, form_items};
use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::receipt::NOTES;
use kaguan_domain::ids::HolderId;
use kaguan_domain::loss::ReportFormal;
use kaguan_service::apply::Image;
use kaguan_store::Subject;
use kaguan_testkit::{On, World, portrait};
use kaguan_web::papers::Printing;
use std::path::PathBuf;
use std::process::Command;

const HR: &str = "44010600000101";

/// An answer as bytes: status, kind, how it is to be named.
pub(super) async fn bytes(
    door: &Door,
    method: &str,
    path: &str,
    form: &str,
) -> (StatusCode, String, String, Vec<u8>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "console")
        .header(header::ORIGIN, "http://console")
        .header(header::COOKIE, &door.cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let answer = press(&door.router, request).await;
    let said = |name| answer.headers().get(name).map_or(String::new(), |v| v.to_str().unwrap().to_owned());
    let (status, kind, named) =
        (answer.status(), said(header::CONTENT_TYPE), said(header::CONTENT_DISPOSITION));
    (status, kind, named, to_bytes(answer.into_body(), 1 << 24).await.unwrap().to_vec())
}

/// Where a clerk prints the receipt of somebody's form: an address of this session, which names nobody.
pub(super) fn receipt_of(w: &World, clerk: &Door, id: HolderId) -> String {
    let session = clerk.cookie.split_once('=').unwrap().1;
    format!("/receipts/{}", w.service.paper_key(session, id, "4401F1"))
}

/// Text without white space.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{3000}').collect()
}

/// A PDF's pages by another program, without white space; pictures of them stay.
pub(super) fn pages(name: &str, pdf: &[u8]) -> Vec<String> {
    assert!(pdf.starts_with(b"%PDF-"), "{}", String::from_utf8_lossy(&pdf[..pdf.len().min(300)]));
    let dir = std::env::var_os("KAGUAN_PICTURES").map(PathBuf::from);
    let dir = dir.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/printed"));
    std::fs::create_dir_all(&dir).unwrap();
    let at = dir.join(format!("{name}.pdf"));
    std::fs::write(&at, pdf).unwrap();
    let made =
        Command::new("pdftoppm").args(["-r", "100", "-png"]).arg(&at).arg(dir.join(name)).status().unwrap();
    assert!(made.success());
    let out = Command::new("pdftotext").arg("-raw").arg(&at).arg("-").output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    text.split_terminator('\u{c}').map(dense).collect()
}

/// What the page shows, without its tags and white space.
fn shown(page: &str) -> String {
    let mut out = String::new();
    let mut within = false;
    for c in page.chars() {
        match c {
            '<' => within = true,
            '>' => within = false,
            c if !within => out.push(c),
            _ => {}
        }
    }
    dense(&out.replace("&quot;", "\"").replace("&amp;", "&").replace("&#39;", "'").replace("&lt;", "<"))
}

/// Somebody whose every item is filled in.
pub(super) fn everything(w: &World, name: &str) -> FormDraft {
    let mut draft = w.draft(1);
    for (field, text) in [
        (Field::Name, name),
        (Field::FormNo, "4401F1"),
        (
            Field::PostalAddress,
            "广东省广州市天河区某某街道某某路一百二十三号某某花园第十五栋第三单元二千零一房",
        ),
        (Field::HouseholdDivision, "440106"),
        (Field::HouseholdAddress, "广州市天河区某某路1号"),
        (Field::Education, "31"),
        (Field::PersonStatus, "1"),
        (Field::PersonIdentity, "21"),
        (Field::EmployerName, "某某信息技术（广州）有限公司"),
        (Field::EmployerAddress, "广州市越秀区某某路2号"),
        (Field::Email, "zhangsan@example.cn"),
        (Field::Mobile, "13900000000"),
    ] {
        draft.set(field, text);
    }
    draft
}

/// Takes it in at the counter, with the image of a document.
pub(super) async fn applied(w: &World, draft: FormDraft) -> HolderId {
    let filled = FilledIn { draft: Box::new(draft), ..w.apply(1, w.outlet()) };
    let officer = w.officer(w.outlet()).await;
    let image = Image { kind: MaterialKind::Identity, bytes: portrait().0.clone() };
    let done = w.service.apply_with(officer, Channel::Console, "key", filled, vec![image]).await;
    match done.unwrap().subject {
        Subject::Holder(id) => id,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn appendix_1_and_2_are_one_page_each_with_every_item_on_the_page_and_in_the_pdf() {
    clause!(X1.1);
    clause!(X2.1);
    clause!(R8.4);
    let w = World::new(On::Memory).await;
    let id = applied(&w, everything(&w, "张三")).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let at = receipt_of(&w, &clerk, id);
    let (status, page, _) = clerk.send("GET", &at, "", "http://console").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains(&format!("<a href=\"{at}/pdf\">打印PDF</a>")), "{page}");
    let began = std::time::Instant::now();
    let (status, kind, named, pdf) = bytes(&clerk, "GET", &format!("{at}/pdf"), "").await;
    println!("receipt and form: {} bytes in {:?}", pdf.len(), began.elapsed());
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pdf"));
    assert_eq!(named, "inline; filename=\"receipt.pdf\"", "names nobody");
    assert!(pdf.len() < 200_000, "{} bytes", pdf.len());
    let pages = pages("form", &pdf);
    assert_eq!(pages.len(), 2, "the receipt and the form, each on its page");
    let shown = shown(&page);
    let (file, _) = w.file(id).await;
    let details = &file.person.as_ref().unwrap().details;
    // Titles of the form as the appendix has them, and what is filled in.
    for (title, text) in form_items(&file.applications[0], &file, details) {
        if title == "个人相片" || title.starts_with("邮寄") || title.starts_with("收件人") {
            continue;
        }
        let title = dense(title.strip_prefix("代办人（监护人）").filter(|t| *t != "姓名").unwrap_or(title));
        for part in [title.as_str(), &dense(&text)] {
            assert!(pages[1].contains(part), "{part} is not in the PDF: {}", pages[1]);
            assert!(shown.contains(part), "{part} is not on the page: {shown}");
        }
    }
    let words = DECLARATION.iter().chain(&PASTED).copied().chain([
        "本人授权申明：",
        "申请人（代办人）签名：",
        "业务经办人签名：",
        "注：申请表标“*”的为必填项。",
        "（有效证件复印件粘贴处）",
        "广东省社会保障卡个人业务申请表",
    ]);
    for part in words {
        assert!(pages[1].contains(&dense(part)) && shown.contains(&dense(part)), "{part}: {}", pages[1]);
    }
    let receipt = [
        "网点编号：44010600000101",
        "业务编号",
        "社会保障号",
        "张三",
        "13900000000",
        "业务经办单位（业务章）",
        "业务经办人：经办人",
    ];
    for part in receipt.iter().chain(&NOTES) {
        assert!(pages[0].contains(&dense(part)) && shown.contains(&dense(part)), "{part}: {}", pages[0]);
    }
    assert!(!pages[1].contains("3000000") && pages[1].contains("☑"), "an occupation is no code");
    assert_eq!(lines(&w, "application.receipt").await.len(), 2, "each printing is a line");
    // Its QR code is of the line by which the application was taken in.
    let taken = lines(&w, "application.apply").await.pop().unwrap().seq;
    assert!(
        pages[0].contains(&format!("http://console/verify/{}", w.service.receipt_code(taken))),
        "{}",
        pages[0]
    );
    let genuine = w.service.genuine(&w.service.receipt_code(taken)).await.unwrap().unwrap();
    assert_eq!((genuine.business.as_str(), genuine.org_code.as_str()), ("申请", HR));
    w.verified().await;
}

#[tokio::test]
async fn art_34_names_with_pinyin_and_long_ones_are_printed_and_a_character_without_glyph_stops_the_pdf() {
    clause!(X1.1);
    let long = "阿卜杜热合曼·买买提艾力·图尔荪尼牙孜";
    for (n, name) in ["石[CHUI]", long].into_iter().enumerate() {
        let w = World::new(On::Memory).await;
        let id = applied(&w, everything(&w, name)).await;
        let clerk = signed_in(&w, Role::HrClerk, HR).await;
        let (_, _, _, pdf) = bytes(&clerk, "GET", &format!("{}/pdf", receipt_of(&w, &clerk, id)), "").await;
        let pages = pages(&format!("name{n}"), &pdf);
        // The long one with every other item filled in as well may need one more page for the last note.
        assert!((2..=3).contains(&pages.len()) && pages[..2].iter().all(|p| p.contains(name)), "{pages:?}");
    }
    let w = World::new(On::Memory).await;
    let mut draft = everything(&w, "张三");
    draft.set(Field::PostalAddress, "广州市天河区\u{2EBF0}村1号");
    let id = applied(&w, draft).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let at = receipt_of(&w, &clerk, id);
    let (status, page, _) = clerk.send("GET", &format!("{at}/pdf"), "", "http://console").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("“通讯地址”中的“\u{2EBF0}”（U+2EBF0）") && page.contains("字形图片"), "{page}");
    let (status, page, _) = clerk.send("GET", &at, "", "http://console").await;
    assert!(status == StatusCode::OK && page.contains("\u{2EBF0}村"), "the page of the browser is printed");
}

#[tokio::test]
async fn appendix_1_how_the_card_is_collected_is_printed_as_it_was_chosen_and_left_open_where_it_was_not() {
    clause!(X1.1);
    for (by, says) in [("", "□网点领取 □邮递上门"), ("1", "☑网点领取 □邮递上门")] {
        let w = World::new(On::Memory).await;
        let mut draft = everything(&w, "张三");
        draft.set(Field::Delivery, by);
        let id = applied(&w, draft).await;
        let clerk = signed_in(&w, Role::HrClerk, HR).await;
        let at = receipt_of(&w, &clerk, id);
        let (_, page, _) = clerk.send("GET", &at, "", "http://console").await;
        assert!(shown(&page).contains(&dense(&format!("领取方式{says}"))), "{page}");
    }
}

#[tokio::test]
async fn the_qr_code_of_a_receipt_proves_its_line_to_whoever_asks_and_says_nothing_of_anybody() {
    clause!(R19.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let officer = w.officer(w.bank_outlet()).await;
    let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    let line = w.about(&officer, id, lost).await.unwrap().entry;
    let clerk = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let (_, _, _, pdf) = bytes(&clerk, "GET", &format!("/receipts/business/{line}/pdf"), "").await;
    let pages = pages("business", &pdf);
    assert!(pages.len() == 1 && pages[0].contains("挂失（正式挂失）"), "{pages:?}");
    let code = w.service.receipt_code(line);
    assert!(pages[0].contains(&format!("http://console/verify/{code}")), "{}", pages[0]);
    // Anybody opens it, without signing in.
    let anybody = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    let (status, page, _) = anybody.send("GET", &format!("/verify/{code}"), "", "http://console").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    for part in ["本回执属实", "挂失（正式挂失）", "2026年11月23日", "44010395588001", "办理进度"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (file, _) = w.file(id).await;
    let details = file.person.unwrap().details;
    for part in [details.name.display(), details.ssn.as_str(), details.reached_at(), "经办人甲"] {
        assert!(!page.contains(part), "{page}");
    }
    for wrong in [
        format!("{}-{}", line + 1, &code[code.find('-').unwrap() + 1..]),
        format!("{code}0"),
        "1".into(),
        "x-y".into(),
        w.service.receipt_code(99_999_999),
    ] {
        let (status, page, _) = anybody.send("GET", &format!("/verify/{wrong}"), "", "http://console").await;
        assert!(status == StatusCode::NOT_FOUND && page.contains("没有这份回执"), "{wrong}: {page}");
    }
}

#[tokio::test]
async fn appendix_3_and_4_are_three_pages_and_appendix_10s_slip_and_the_register_are_printed() {
    clause!(X3.1);
    clause!(X4.1);
    clause!(X10.1);
    clause!(R12.2);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let unit = super::uploads::registered(&clerk, "5").await;
    let (_, page, _) = clerk.send("GET", &format!("/units/{unit}"), "", "http://console").await;
    let (status, kind, named, pdf) = bytes(&clerk, "GET", &format!("/units/{unit}/pdf"), "").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pdf"));
    assert!(named.contains("unit-application.pdf"), "{named}");
    let printed = pages("unit", &pdf);
    assert_eq!(printed.len(), 3, "two copies and the authorisation");
    assert!(printed[0].contains("第一联（卡经办网点留存）") && printed[1].contains("第二联（申请单位留存）"));
    let shown = shown(&page);
    let words = [
        "申请表编号：",
        "城市代码：",
        "法人证书/营业执照/法人登记证代码/组织机构代码",
        "单位机构名称",
        "单位类型",
        "□行政事业机构",
        "□非行政事业机构",
        "☑企业、社会组织",
        "单位地址",
        "经办人姓名",
        "经办人证件号码",
        "经办人联系方式",
        "批量申请总人数",
        "批量申请日期",
        "单位经办人签名：",
        "单位盖章：",
        "时间：",
    ];
    for part in words {
        let part = dense(part);
        assert!(
            printed[..2].iter().all(|p| p.contains(&part)) && shown.contains(&part),
            "{part}: {}",
            printed[0]
        );
    }
    let words = [
        "单位授权委托书",
        "兹授权本单位员工",
        "，性别：",
        "身份证号：",
        "，联系电话",
        "，到你单位办理",
        "事宜，对被授权人在办理上述事项过程中签署的有关文件，我单位均予以认可，并承担相应的法律责任。",
        "请贵单位给予协助，谢谢！",
        "授权期限：",
        "授权单位盖章：",
        "年月日",
    ];
    for part in words {
        assert!(printed[2].contains(&dense(part)) && shown.contains(&dense(part)), "{part}: {}", printed[2]);
    }

    let (id, card) = w.with_card(2).await;
    let (file, _) = w.file(id).await;
    let elsewhere = signed_in(&w, Role::HrClerk, "44030300000101").await;
    let seen =
        format!("holder={id}&document_kind=1&document_number={}&verified=1", w.draft(2).document_number);
    let (_, _, _, pdf) = bytes(&elsewhere, "POST", "/one-card/pdf", &seen).await;
    let slip = pages("slip", &pdf);
    let number = file.card(card).unwrap().card_no.as_str().to_owned();
    let details = &file.person.as_ref().unwrap().details;
    for part in
        [details.name.display(), details.ssn.as_str(), &number, "广州市", "□保留□清理", "申请人签名："]
    {
        assert!(slip.len() == 1 && slip[0].contains(part), "{part}: {slip:?}");
    }

    let batch = w.service.store().entries_from(1, 100_000).await.unwrap();
    let batch = batch.iter().rev().find_map(|e| e.subject.strip_prefix("batch:").map(str::to_owned)).unwrap();
    let (status, _, named, pdf) = bytes(&clerk, "POST", "/registers/pdf", &format!("batch={batch}")).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&pdf));
    assert!(named.contains("register-") && !named.contains(details.name.display()), "{named}");
    let register = pages("register", &pdf);
    assert!(register[0].contains("成品卡发放登记册") && register[0].contains("签收凭据"), "{register:?}");
    // No date and no number is broken, and the page says the same as the PDF.
    let page = clerk.post("/registers", &format!("batch={batch}")).await;
    let cells =
        page.split("<section class=\"paper flows landscape\">").nth(1).unwrap_or_else(|| panic!("{page}"));
    for part in ["成品卡发放登记册", &number, "2026-11-23", "至少保管5年"] {
        assert!(cells.contains(part) && register[0].contains(&dense(part)), "{part}: {register:?}");
    }
}

#[tokio::test]
async fn without_a_font_the_page_says_what_to_install_and_prints_all_the_same() {
    let w = World::new(On::Memory).await;
    let id = applied(&w, everything(&w, "张三")).await;
    let mut clerk = signed_in(&w, Role::HrClerk, HR).await;
    let none = Printing::new(&["/nowhere/none.ttf".into()], Some("https://kaguan.example.cn/"));
    clerk.router = clerk.router.layer(none.layer());
    let at = receipt_of(&w, &clerk, id);
    let (status, page, _) = clerk.send("GET", &at, "", "http://console").await;
    assert!(
        status == StatusCode::OK && page.contains("fonts-noto-cjk") && !page.contains("打印PDF"),
        "{page}"
    );
    assert!(page.contains("https://kaguan.example.cn/verify/"), "the address of the public is on it: {page}");
    let (status, page, _) = clerk.send("GET", &format!("{at}/pdf"), "", "http://console").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("没有安装字库"), "{page}");
}

#[tokio::test]
async fn nobody_prints_without_signing_in() {
    let w = World::new(On::Memory).await;
    let nobody = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    for path in ["/receipts/1/pdf", "/receipts/business/1/pdf", "/vouchers/1/pdf", "/units/1/pdf"] {
        let (status, ..) = nobody.send("GET", path, "", "http://console").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
    }
    for path in ["/one-card/pdf", "/registers/pdf", "/vouchers/refused/pdf", "/post/label/pdf"] {
        let (status, ..) = nobody.send("POST", path, "", "http://console").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
    }
}

#[tokio::test]
async fn art_8_9_whoever_is_refused_at_the_counter_takes_the_voucher_away_as_pdf_and_the_form_shows_the_photo()
 {
    clause!(R8.9);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let id = applied(&w, everything(&w, "张三")).await;
    let at = receipt_of(&w, &clerk, id);
    assert!(!at.contains(&id.to_string()) && !at.contains("4401F1"), "{at}");
    let (_, page, _) = clerk.send("GET", &at, "", "http://console").await;
    let photo = page
        .split("<img src=\"")
        .nth(1)
        .and_then(|p| p.split('"').next())
        .unwrap_or_else(|| panic!("{page}"));
    let (status, kind, _, jpeg) = bytes(&clerk, "GET", photo, "").await;
    assert!(status == StatusCode::OK && kind == "image/jpeg" && jpeg == portrait().0);
    let other = signed_in(&w, Role::HrClerk, HR).await;
    let (status, page, _) = other.send("GET", &at, "", "http://console").await;
    assert!(status == StatusCode::NOT_FOUND && page.contains("那次登录"), "another session's: {page}");
    // 张三 has an application already.
    let draft = FormDraft { form_no: "4401F2".into(), ..everything(&w, "张三") };
    let key = "counter-1";
    let fields: String = Field::TITLE_ROW
        .iter()
        .chain(Field::PERSONAL)
        .map(|f| format!("&{}={}", f.code(), draft.get(*f)))
        .collect();
    let form = format!("key={key}&consent=self&document_verified=1{fields}");
    let (status, page, _) = clerk.send("POST", "/apply", &form, "http://console").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("业务不予受理凭证"), "{page}");
    let sealed = page.split("name=\"voucher\" value=\"").nth(1).and_then(|p| p.split('"').next()).unwrap();
    let (status, kind, named, pdf) =
        bytes(&clerk, "POST", "/vouchers/refused/pdf", &format!("voucher={sealed}")).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pdf"));
    assert!(named.contains("voucher.pdf"));
    let printed = pages("refused", &pdf);
    assert!(
        printed.len() == 1 && printed[0].contains("不予受理原因") && printed[0].contains("张三"),
        "{printed:?}"
    );
    let (status, ..) = bytes(&other, "POST", "/vouchers/refused/pdf", &format!("voucher={sealed}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// Names, addresses and rows that do not fit where short ones do.
#[tokio::test]
async fn papers_hold_long_names_rare_characters_and_many_rows() {
    clause!(X1.1);
    clause!(X2.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let address =
        "广东省广州市天河区某某街道\u{2CB4E}\u{249DB}社区万科·城市花园第十五栋第三单元二千零一房之一（旧屋）";
    let name = "阿卜杜热合曼·买买提艾力·图尔荪尼牙孜·阿布都";
    let mut draft = everything(&w, name);
    draft.set(Field::PostalAddress, address);
    draft.set(Field::HouseholdAddress, address);
    draft.set(Field::EmployerAddress, address);
    draft.set(Field::EmployerName, "广东省某某某某某某信息技术股份有限公司广州天河某某某某分公司");
    draft.set(Field::Email, "zhang.san-li.s@mail.gd.invalid");
    let id = applied(&w, draft).await;
    let (_, _, _, pdf) = bytes(&clerk, "GET", &format!("{}/pdf", receipt_of(&w, &clerk, id)), "").await;
    let printed = pages("long", &pdf);
    assert_eq!(printed.len(), 2, "a form is one page, however much stands on it");
    for part in [dense(address), dense(name), "zhang.san-li.s@mail.gd.invalid".into()] {
        assert!(printed[1].contains(&part), "{part}: {}", printed[1]);
    }
    // 确认单 of somebody with many cards goes on over pages, with its heads on each.
    let says = kaguan_web::papers::SlipSays {
        name,
        number: "440106196001020015",
        on: "2026-11-23",
        outlet: "广州市天河区人力资源和社会保障局社会保障卡综合服务窗口",
        clerk: "经办人",
    };
    let card =
        |n: usize| [format!("A{n:08}"), "广州市".into(), "广东省农村信用社联合社".into(), "未启用".into()];
    let cards: Vec<[String; 4]> = (0..70).map(card).collect();
    let slip = kaguan_web::papers::slip(&says, &cards).pdf(&Printing::default()).unwrap();
    let printed = pages("slips", &slip);
    assert!(
        printed.len() > 1 && printed.iter().filter(|p| p.contains("社保卡卡号发卡地")).count() > 1,
        "{printed:?}"
    );
    assert!(printed.concat().contains("A00000069"));
}

#[tokio::test]
async fn appendix_5_and_the_hand_over_sheets_are_printed_in_two_copies_and_a_paid_fee_has_its_e_receipt() {
    clause!(X5.1);
    clause!(R12.2);
    clause!(R27.6);
    let w = World::new(On::Memory).await;
    let officer = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let order =
        "bank=95588&vendor=1&quantity=500&note=第一批，广州市各区服务网点即时制卡用，请于12月15日前送达";
    let page = officer.post("/blanks/orders", order).await;
    let id = page.split("href=\"/blanks/orders/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (status, kind, _, pdf) = bytes(&officer, "GET", &format!("/blanks/orders/{id}/form/pdf"), "").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pdf"));
    let printed = pages("order", &pdf);
    assert_eq!(printed.len(), 1);
    for part in [
        "广州市人社局信息中心（市卡管机构）",
        "银行制卡商数量备注",
        "500",
        "审核单位：",
        "抄送单位：",
        "年月日",
    ] {
        assert!(printed[0].contains(part), "{part}: {}", printed[0]);
    }

    let _ = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
    let batch = w.cards_made().await;
    let packed = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let which = format!("batch={}&box={}", batch.0, packed.0);
    province.post("/boxes/receive", &format!("{which}&counted=2&kept_at=A1&signer=甲")).await;
    let to = w.org("44010000000001");
    let ship = format!("{which}&to={}&responsible=王五&manner=自行押运（两人同行）", to.0);
    assert!(province.post("/boxes/ship", &ship).await.contains("已寄出"));
    let (_, page, _) = province.send("GET", &format!("/boxes/sheet?{which}"), "", "http://console").await;
    assert!(page.contains("/boxes/sheet/pdf?batch="), "{page}");
    let (_, kind, named, pdf) = bytes(&province, "GET", &format!("/boxes/sheet/pdf?{which}"), "").await;
    assert!(kind == "application/pdf" && named.contains("hand-over.pdf"), "{kind} {named}");
    let printed = pages("hand-over", &pdf);
    assert!(
        printed.len() == 2 && printed[0].contains("第一联") && printed[1].contains("第二联"),
        "{printed:?}"
    );
    for part in ["成品卡交接单", "装箱位置", "王五", "自行押运（两人同行）", "清点张数：", "经办人（签字）："]
    {
        assert!(printed.iter().all(|p| p.contains(part)), "{part}: {}", printed[0]);
    }

    let w = World::new(On::Memory).await;
    let form_no = super::fees::owes(&w, 3).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let number = w.draft(3).document_number;
    let paid = format!(
        "number={number}&form_no={form_no}&code=44000026&receipt_no=0000000001&check=A1b2C3&amount=20&currency=CNY&paid_on=2026-11-23"
    );
    let done = clerk.post("/fees", &paid).await;
    let to = done
        .split("<a href=\"")
        .find(|t| t.starts_with("/receipts/business/"))
        .unwrap_or_else(|| panic!("{done}"));
    let to = to.split('"').next().unwrap();
    let (_, _, _, pdf) = bytes(&clerk, "GET", &format!("{to}/pdf"), "").await;
    let printed = pages("e-receipt", &pdf);
    assert_eq!(printed.len(), 1);
    for part in [
        "广东省非税收入（电子）票据",
        "44000026",
        "0000000001",
        "A1b2C3",
        "20.00元（CNY）",
        "社会保障卡工本费",
    ] {
        assert!(printed[0].contains(part), "{part}: {}", printed[0]);
    }
}
