//! 字形图片: a print stops at a character without a glyph, asks for its picture, and is made with it once another officer approved it.

use super::{Door, archive, lines, printing, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::form::Field;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};
use kaguan_web::papers::Printing;

const RARE: char = '\u{2EBF0}';
const HR: &str = "44010600000101";

/// A PNG of 64 pixels: an 8-bit grey square of ink in the middle, stored without compression.
fn ink(dark: u8, light: u8) -> Vec<u8> {
    let mut raw = Vec::new();
    for y in 0..64 {
        raw.push(0);
        raw.extend(
            (0..64).map(|x| if (16..48).contains(&x) && (16..48).contains(&y) { dark } else { light }),
        );
    }
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |crc, b| {
            (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 })
        })
    };
    let adler = raw.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    let length = u16::try_from(raw.len()).unwrap();
    let mut data = vec![0x78, 1, 1];
    data.extend(length.to_le_bytes().into_iter().chain((!length).to_le_bytes()));
    data.extend(&raw);
    data.extend(((adler.1 << 16) | adler.0).to_be_bytes());
    let chunk = |kind: &[u8], body: &[u8]| {
        let named = [kind, body].concat();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], &named, &crc(&named).to_be_bytes()].concat()
    };
    let head = [0, 0, 0, 64, 0, 0, 0, 64, 8, 0, 0, 0, 0];
    let parts = [chunk(b"IHDR", &head), chunk(b"IDAT", &data), chunk(b"IEND", &[])];
    [b"\x89PNG\r\n\x1A\n".to_vec(), parts.concat()].concat()
}

async fn get(door: &Door, path: &str) -> (StatusCode, String) {
    let (status, page, _) = door.send("GET", path, "", "http://console").await;
    (status, page)
}

#[tokio::test]
async fn art_34_1_the_form_of_zhang_with_a_character_of_no_font_is_printed_once_its_picture_is_approved() {
    clause!(R34.1);
    let w = World::new(On::Memory).await;
    let mut draft = printing::everything(&w, "张三");
    draft.set(Field::PostalAddress, &format!("广州市天河区{RARE}村1号"));
    let id = printing::applied(&w, draft).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let at = printing::receipt_of(&w, &clerk, id);
    let (status, stopped) = get(&clerk, &format!("{at}/pdf")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        stopped.contains("href=\"/glyphs?character=U%2B2EBF0\"") && stopped.contains("通讯地址"),
        "{stopped}"
    );
    let (_, form) = get(&clerk, "/glyphs?character=U%2B2EBF0").await;
    assert!(form.contains("value=\"U+2EBF0\""), "the character is filled in: {form}");

    // All that is wrong at once; white on black is nothing that can be printed.
    let file = |png: Vec<u8>| [("picture", png)];
    let bare = archive::send(&clerk, "/glyphs", "character=&seen_on=", &[]).await;
    assert!(
        bare.contains("请填写一个字") && bare.contains("何种证件") && bare.contains("请选择字形图片"),
        "{bare}"
    );
    let fields = "character=U+2EBF0&seen_on=1";
    let black = archive::send(&clerk, "/glyphs", fields, &file(ink(255, 0))).await;
    assert!(black.contains("白底黑字"), "{black}");
    let jpeg = archive::send(&clerk, "/glyphs", fields, &file(b"\xFF\xD8\xFF".to_vec())).await;
    assert!(jpeg.contains("不是PNG"), "{jpeg}");
    let private = archive::send(&clerk, "/glyphs", "character=U+E000&seen_on=1", &file(ink(0, 255))).await;
    assert!(private.contains("不是有统一码位的汉字"), "{private}");
    // What the fonts have needs no picture; it is told with the rest, and so is that the picture was not kept.
    let known = archive::send(&clerk, "/glyphs", "character=U+4E2D&seen_on=1", &file(ink(0, 255))).await;
    assert!(known.contains("打印字库已有该字") && known.contains("id=\"why-character\""), "{known}");
    let both = archive::send(&clerk, "/glyphs", "character=U+4E2D&seen_on=", &file(ink(0, 255))).await;
    assert!(both.contains("打印字库已有该字") && both.contains("何种证件"), "{both}");
    assert!(both.contains("须重新选择") && !both.contains("id=\"why-picture\""), "{both}");
    let sent = archive::send(&clerk, "/glyphs", fields, &file(ink(0, 255))).await;
    assert!(sent.contains("已提交") && !sent.contains("/glyphs/decide"), "{sent}");
    let (_, stopped) = get(&clerk, &format!("{at}/pdf")).await;
    assert!(stopped.contains("待审核") && !stopped.contains("/glyphs?character"), "{stopped}");

    // The city looks at it beside its code point; another city has nothing to decide on.
    let elsewhere = signed_in(&w, Role::CityOfficer, "44030000000001").await;
    let (_, page) = get(&elsewhere, "/glyphs").await;
    assert!(page.contains("U+2EBF0") && !page.contains("/glyphs/decide"), "{page}");
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let (_, page) = get(&city, "/glyphs").await;
    let which = page.split("/glyphs/pictures/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(page.contains("居民身份证") && page.contains("alt=\"U+2EBF0的字形图片\""), "{page}");
    assert_eq!(get(&city, &format!("/glyphs/pictures/{which}")).await.0, StatusCode::OK);
    // Whoever refuses it says why: the field in the row of the list is marked.
    let why = city.post("/glyphs/decide", &format!("id={which}&approved=false&reason=")).await;
    assert!(why.contains("不予启用须写明理由") && why.contains("<small id=\"why-reason\">"), "{why}");
    assert!(why.contains("name=\"reason\"") && why.contains("aria-describedby=\"why-reason\""), "{why}");
    let done = city.post("/glyphs/decide", &format!("id={which}&approved=true")).await;
    assert!(done.contains("已启用"), "{done}");

    let (status, kind, _, pdf) = printing::bytes(&clerk, "GET", &format!("{at}/pdf"), "").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pdf"));
    assert_eq!(printing::pages("picture", &pdf).len(), 2);
    let (_, page) = get(&clerk, &at).await;
    let image = format!("<img class=\"glyph\" src=\"/glyphs/pictures/{which}\" alt=\"U+2EBF0\">");
    assert!(page.contains(&format!("广州市天河区{image}村1号")), "{page}");
    // A server without fonts cannot tell that they lack it, and shows the picture all the same.
    let mut bare = signed_in(&w, Role::HrClerk, HR).await;
    bare.router = bare.router.layer(Printing::new(&["/nowhere/none.ttf".into()], None).layer());
    let at = printing::receipt_of(&w, &bare, id);
    let (_, page) = get(&bare, &at).await;
    assert!(page.contains(&format!("广州市天河区{image}村1号")), "{page}");
    // Nor that they have a character: whoever looks at it elsewhere is told, and cannot approve it.
    let untold = archive::send(&bare, "/glyphs", "character=U+4E2D&seen_on=1", &file(ink(0, 255))).await;
    assert!(untold.contains("已提交"), "{untold}");
    let (_, page) = get(&city, "/glyphs").await;
    assert_eq!(page.matches("打印字库已有该字").count(), 1, "{page}");
    let at = page.find("打印字库已有该字").unwrap();
    let other = page[..at].rsplit("/glyphs/pictures/").next().unwrap().split('"').next().unwrap();
    let refused = city.post("/glyphs/decide", &format!("id={other}&approved=true")).await;
    assert!(refused.contains("请选“不予启用”") && refused.contains("第34条"), "{refused}");
    let outcomes: Vec<_> =
        lines(&w, "rare_name.propose_glyph").await.into_iter().map(|l| l.outcome).collect();
    assert_eq!(outcomes, ["material_defective", "glyph_in_fonts", "done", "done"]);
    w.verified().await;
}

#[tokio::test]
async fn art_34_1_of_each_character_that_stops_a_print_is_said_what_can_be_done_about_it() {
    clause!(R34.1);
    let stopped = async |address: &str| {
        let w = World::new(On::Memory).await;
        let mut draft = printing::everything(&w, "张三");
        draft.set(Field::PostalAddress, address);
        let id = printing::applied(&w, draft).await;
        let clerk = signed_in(&w, Role::HrClerk, HR).await;
        let at = printing::receipt_of(&w, &clerk, id);
        let (status, page) = get(&clerk, &format!("{at}/pdf")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        page
    };
    let corrects = "<a href=\"/details\">不是有统一码位的汉字，不收字形图片：请更正登记的内容";
    // No picture is taken of what is no character; it is put right where it is on file.
    let page = stopped("广州市天河区\u{1F9FF}路1号").await;
    assert!(page.contains("“\u{1F9FF}”不是有统一码位的汉字，不收字形图片，请更正登记的内容"), "{page}");
    assert!(page.contains(corrects), "{page}");
    assert!(!page.contains("请按下表提交字形图片") && !page.contains("/glyphs?character"), "{page}");
    // Both, each with its own way.
    let page = stopped(&format!("广州市天河区{RARE}村\u{1F9FF}路1号")).await;
    assert!(page.contains(&format!("“{RARE}”请按下表提交字形图片")), "{page}");
    assert!(page.contains("href=\"/glyphs?character=U%2B2EBF0\"") && page.contains(corrects), "{page}");
}
