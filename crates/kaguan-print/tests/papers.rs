//! Papers with the fonts of this machine (Debian's, which `cargo xtask check` installs): what is on them, and how large they are.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_print::{
    Align, Block, Cell, Face, Faces, Mark, Missing, Paper, Picture, PictureError, PrintError, Row, Run,
    Sheet, Shown, Table, fours, lines,
};
use std::path::Path;
use std::process::Command;

struct Installed(Vec<Option<Face>>);

impl Installed {
    fn of(files: &[(&str, u32)]) -> Self {
        let read = |(path, index): &(&str, u32)| Face::read(std::fs::read(path).ok()?, *index);
        Self(files.iter().map(read).collect())
    }

    fn debian() -> Self {
        Self::of(&[
            ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
            ("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf", 0),
            ("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf", 0),
            ("/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf", 0),
        ])
    }
}

impl Faces for Installed {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn face(&self, n: usize) -> Option<&Face> {
        self.0[n].as_ref()
    }
}

/// The text of a PDF by another program, page by page, without white space.
fn read(pdf: &[u8]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("a.pdf");
    std::fs::write(&at, pdf).unwrap();
    let out =
        Command::new("pdftotext").args(["-raw".as_ref(), at.as_os_str(), "-".as_ref()]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let pages = text.split_terminator('\u{c}');
    pages.map(|p| p.chars().filter(|c| !c.is_whitespace()).collect()).collect()
}

fn one(blocks: Vec<Block>) -> Paper {
    Paper { title: "试".into(), sheets: vec![Sheet { blocks, ..Sheet::default() }] }
}

fn said(item: &str, text: &str) -> Paper {
    let rows = vec![Row::of(8.0, vec![Cell::title(item), Cell::text(item, text)])];
    one(vec![Block::Table(Table { widths: vec![1.0, 4.0], head: 0, rows })])
}

#[test]
fn a_paper_is_a_pdf_whose_text_another_program_reads() {
    let paper = said("姓名", "阿卜杜拉·买买提 石[CHUI] ☑申请 □补卡");
    let pdf = paper.pdf(&Installed::debian()).unwrap();
    assert!(pdf.starts_with(b"%PDF-1."));
    assert_eq!(read(&pdf), ["姓名阿卜杜拉·买买提石[CHUI]☑申请□补卡"]);
    assert!(pdf.len() < 30_000, "fonts are cut down to what is used: {} bytes", pdf.len());
}

#[test]
fn a_character_is_looked_for_in_every_font_and_the_missing_ones_are_told_at_once_with_their_items() {
    // U+4132 is in Noto, U+2A6D6 in Hanazono B, U+30000 in BabelStone, U+2EBF0 of Extension I in none.
    let rare = said("姓名", "\u{4132}\u{2A6D6}\u{30000}");
    assert_eq!(read(&rare.pdf(&Installed::debian()).unwrap()), ["姓名\u{4132}\u{2A6D6}\u{30000}"]);
    let rows = vec![
        Row::of(8.0, vec![Cell::title("姓名"), Cell::text("*姓名", "张\u{2EBF0}\u{2EBF0}")]),
        Row::of(8.0, vec![Cell::title("通讯地址"), Cell::text("*通讯地址", "\u{2EBF1}村")]),
    ];
    let paper = one(vec![Block::Table(Table { widths: vec![1.0, 4.0], head: 0, rows })]);
    let missing = |c, item: &str| Missing { character: c, item: item.into() };
    let all = vec![missing('\u{2EBF0}', "姓名"), missing('\u{2EBF1}', "通讯地址")];
    let why = paper.pdf(&Installed::debian()).unwrap_err();
    assert_eq!(why, PrintError::NoGlyph(all));
    let why = why.to_string();
    assert!(why.contains("“姓名”中的U+2EBF0、“通讯地址”中的U+2EBF1") && !why.contains('张'), "{why}");
    assert!(paper.html(None).contains("张\u{2EBF0}"), "the page of the browser is there all the same");
}

#[test]
fn without_a_font_it_is_said_that_there_is_none() {
    let none = Installed::of(&[("/nowhere/none.ttf", 0), (file!(), 0)]);
    assert_eq!(said("a", "b").pdf(&none).unwrap_err(), PrintError::NoFont);
    // One of several that is not there is passed over.
    let mut some = Installed::debian();
    some.0.insert(0, None);
    assert!(said("a", "b").pdf(&some).is_ok());
}

#[test]
fn a_sheet_is_one_page_however_much_stands_on_it_and_a_list_flows_with_its_head_on_every_page() {
    let long = "广州市天河区某某街道某某社区居民委员会".repeat(12);
    let rows: Vec<Row> = (0..30)
        .map(|n| Row::of(6.0, vec![Cell::title("项"), Cell::text("项", &format!("{n}{long}"))]))
        .collect();
    let fills = Row { fills: true, ..Row::of(10.0, vec![Cell::text("", "粘贴处").wide(2)]) };
    let table = |rows: Vec<Row>, head| Block::Table(Table { widths: vec![1.0, 6.0], head, rows });
    let mut few = rows[..3].to_vec();
    few.push(fills);
    assert_eq!(read(&one(vec![table(few, 0)]).pdf(&Installed::debian()).unwrap()).len(), 1);
    let pages = read(&one(vec![table(rows[..15].to_vec(), 0)]).pdf(&Installed::debian()).unwrap());
    assert_eq!(pages.len(), 1, "the letters become smaller");
    let head = Row::of(8.0, vec![Cell::title("栏"), Cell::title("内容")]);
    let many = [vec![head], rows.clone(), rows.clone(), rows].concat();
    let list = Paper {
        title: "册".into(),
        sheets: vec![Sheet { blocks: vec![table(many, 1)], flows: true, ..Sheet::default() }],
    };
    let pages = read(&list.pdf(&Installed::debian()).unwrap());
    assert!(pages.len() > 2, "{}", pages.len());
    for (n, page) in pages.iter().enumerate() {
        assert!(page.starts_with("栏内容"), "{page}");
        assert!(page.contains(&format!("第{}页共{}页", n + 1, pages.len())), "{page}");
    }
    assert_eq!(pages.concat().matches(&long).count(), 90, "no row is lost");
}

#[test]
fn a_sheet_whose_row_fills_the_page_is_one_page_whatever_its_rows_come_to() {
    // As Appendix 1 is made: rows above the one that fills the page, and a note at the foot. Heights are added up twice, in another order.
    let faces = Installed::debian();
    for n in 0..60 {
        let text = |k: usize| "某街道某社区".repeat((n * 7 + k * 3) % 11);
        let mut rows: Vec<Row> = (0..14 + n % 9)
            .map(|k| {
                let high = 6.1 + ((n * 13 + k * 5) % 17) as f32 / 10.0;
                Row::of(high, vec![Cell::title("项"), Cell::text("项", &text(k))])
            })
            .collect();
        rows.push(Row { fills: true, ..Row::of(30.0, vec![Cell::text("", "粘贴处").wide(2)]) });
        rows.push(Row::of(6.8, vec![Cell::text("", "业务经办人签名：").wide(2)]));
        let widths = vec![1.0, 2.0 + n as f32 / 10.0];
        let note =
            Block::Paragraph { line: vec![Run::plain("注：标“*”的为必填项。")], indent: false };
        let blocks = vec![
            Block::Heading("表".into()),
            Block::Table(Table { widths, head: 0, rows }),
            Block::Gap(1.0),
            note,
        ];
        let pages = read(&one(blocks).pdf(&faces).unwrap());
        assert_eq!(pages.len(), 1, "form {n}: {pages:?}");
        assert!(pages[0].ends_with("注：标“*”的为必填项。"), "form {n}: {pages:?}");
    }
}

#[test]
fn html_has_the_same_cells_and_nothing_that_is_typed_becomes_a_tag() {
    let paper = Paper {
        title: "试".into(),
        sheets: vec![Sheet {
            copy: "第一联".into(),
            blocks: vec![
                Block::Heading("题<b>".into()),
                Block::Spread(vec![lines("项", "左").remove(0), lines("项", "右").remove(0)]),
                Block::Paragraph {
                    line: vec![Run::filled("致", "", 2), Run::filled("致", "x", 2)],
                    indent: true,
                },
                Block::Table(Table {
                    widths: vec![1.0, 3.0],
                    head: 0,
                    rows: vec![
                        Row::of(8.0, vec![Cell::title("甲").high(2), Cell::text("乙", "<script>\n二")]),
                        Row {
                            fills: true,
                            ..Row::of(
                                0.0,
                                vec![Cell {
                                    shows: Shown::Squares { text: Run::of("号", "12"), squares: 3 },
                                    align: Align::Middle,
                                    ..Cell::text("", "")
                                }],
                            )
                        },
                    ],
                }),
                Block::Mark(Mark {
                    address: "https://example.cn/verify/1-ab".into(),
                    says: lines("", "扫码"),
                }),
                Block::Gap(6.0),
            ],
            ..Sheet::default()
        }],
    };
    let html = paper.html(None);
    for part in [
        "<p class=\"copy\">第一联</p>",
        "<h2>题&lt;b&gt;</h2>",
        "<span>左</span><span>右</span>",
        "<u>　　</u><u> x </u>",
        "<th scope=\"row\" rowspan=\"2\" height=\"30\">甲</th>",
        "&lt;script&gt;<br>二",
        "<i>1</i><i>2</i><i></i>",
        "<svg viewBox=\"0 0 ",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("style=") && !html.contains("<script"), "{html}");
    let pdf = paper.pdf(&Installed::debian()).unwrap();
    assert!(read(&pdf)[0].contains("甲<script>二") && read(&pdf)[0].contains("12"), "{:?}", read(&pdf));
}

#[test]
fn the_qr_code_of_a_pdf_is_read_as_it_is_meant() {
    let address = "https://card.example.gov.cn/verify/123456-0123456789abcdef0123456789abcdef";
    let pdf = one(vec![Block::Mark(Mark { address: address.into(), says: Vec::new() })])
        .pdf(&Installed::debian())
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.pdf"), &pdf).unwrap();
    let made =
        Command::new("pdftoppm").args(["-r", "150", "-png", "a.pdf", "a"]).current_dir(dir.path()).status();
    assert!(made.unwrap().success());
    let said =
        Command::new("zbarimg").args(["-q", "--raw", "a-1.png"]).current_dir(dir.path()).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap().trim(), address);
    assert!(Path::new("/usr/bin/zbarimg").exists());
}

/// The lines of a PDF by another program.
fn lines_of(pdf: &[u8]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("a.pdf");
    std::fs::write(&at, pdf).unwrap();
    let out = Command::new("pdftotext").args(["-raw".as_ref(), at.as_os_str(), "-".as_ref()]).output();
    String::from_utf8(out.unwrap().stdout).unwrap().lines().map(|l| l.trim().to_owned()).collect()
}

#[test]
fn a_number_is_never_broken_nor_a_day_a_box_from_its_name_or_a_part_of_a_name() {
    // With a gap between its groups of four that is no blank: whatever reads the paper finds the number whole.
    let (number, batch) = ("20261123-44010395588001-00000803", "440100202611230001020000017");
    let cells = [
        ("业务编号", number),
        ("批次号", batch),
        ("期限", "广州市天河区至2026年11月23日止"),
        (
            "类型",
            "□申请 □挂失 □解除挂失、□农信社（农商银行）、☑其他（办事人员） □卡损坏换卡（□人为损坏 □非人为损坏）",
        ),
        ("姓名", "阿卜杜热合曼·买买提艾力·图尔荪尼牙孜·阿布都克里木"),
        ("地址", "广东省广州市天河区某某街道万科·城市花园第十五栋第三单元二千零一房"),
    ];
    let rows =
        cells.map(|(t, text)| Row::of(8.0, vec![Cell::title(t), Cell::text(t, text), Cell::text("", "")]));
    let widths = vec![1.0, 2.0, 4.0];
    let pdf = one(vec![Block::Table(Table { widths, head: 0, rows: rows.into() })]).pdf(&Installed::debian());
    let lines = lines_of(&pdf.unwrap());
    let whole = |part: &str| assert!(lines.iter().any(|l| l.contains(part)), "{part}: {lines:?}");
    for part in [
        number,
        batch,
        "2026年11月23日",
        "解除挂失",
        "□农信社（农商银行）",
        "☑其他（办事人员）",
        "非人为损坏",
    ] {
        whole(part);
    }
    for part in ["阿卜杜热合曼·", "买买提艾力·", "图尔荪尼牙孜·", "阿布都克里木"] {
        whole(part);
    }
}

#[test]
fn a_number_of_twelve_characters_and_more_is_read_in_fours() {
    let groups = |text: &'static str| -> Vec<Vec<&str>> {
        fours(text).map(|number| number.into_iter().map(|four| &text[four]).collect()).collect()
    };
    assert_eq!(
        groups("批次440100202611230001020000017，卡A12345678901、6222081234567890"),
        [
            vec!["4401", "0020", "2611", "2300", "0102", "0000", "017"],
            vec!["A123", "4567", "8901"],
            vec!["6222", "0812", "3456", "7890"]
        ]
    );
    let longest_part = [vec!["4401", "0395", "5880", "01"]];
    assert_eq!(groups("20261123-44010395588001-00000803"), longest_part, "of a number with hyphens");
    // What is short, masked, a word or a digest is none.
    for text in
        ["", "13800138000", "440106********1234", "ABCDEFGHIJKLMNOP", "e3b0c44298123456789fc1", "2026年11月"]
    {
        assert_eq!(groups(text), Vec::<Vec<&str>>::new(), "{text}");
    }
}

#[test]
fn a_gap_stands_between_the_groups_of_a_long_number_and_it_stays_one_word() {
    let (number, halves) = ("622208123456789012", ["622208123", "456789012"]);
    let line = |text: &str| Block::Paragraph { line: vec![Run::plain(text)], indent: false };
    let pdf = one(vec![line(number), line(halves[0]), line(halves[1])]).pdf(&Installed::debian()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.pdf"), &pdf).unwrap();
    let out =
        Command::new("pdftotext").args(["-bbox", "a.pdf", "-"]).current_dir(dir.path()).output().unwrap();
    let boxes = String::from_utf8(out.stdout).unwrap();
    let wide = |word: &str| -> f32 {
        let tag = boxes.lines().find(|l| l.contains(&format!(">{word}</word>")));
        let tag = tag.unwrap_or_else(|| panic!("{word} is one word: {boxes}"));
        let edge = |name: &str| -> f32 {
            tag.split(name).nth(1).unwrap().split('"').nth(1).unwrap().parse().unwrap()
        };
        edge("xMax") - edge("xMin")
    };
    // Four gaps of .095, and thirteen characters .02 closer, in letters of 10.5 points.
    let more = wide(number) - wide(halves[0]) - wide(halves[1]);
    assert!((1.0..1.5).contains(&more), "{more}: {boxes}");
}

#[test]
fn a_row_that_is_higher_than_a_page_goes_on_over_several_and_loses_nothing() {
    let long: Vec<String> = (0..400).map(|n| format!("第{n}条")).collect();
    let row = |text: &str| Row::of(8.0, vec![Cell::title("原因"), Cell::text("原因", text)]);
    let rows = vec![row("前"), row(&long.join("\n")), row("后")];
    let table = || Block::Table(Table { widths: vec![1.0, 4.0], head: 0, rows: rows.clone() });
    for flows in [false, true] {
        let sheets = vec![Sheet { blocks: vec![table()], flows, ..Sheet::default() }];
        let pages = read(&Paper { title: "试".into(), sheets }.pdf(&Installed::debian()).unwrap());
        assert!(pages.len() > 3, "{}", pages.len());
        let all = pages.concat();
        for part in ["前", "第0条", "第199条", "第399条", "后"] {
            assert_eq!(all.matches(part).count(), 1, "{part}: {all}");
        }
        assert!(pages[1].contains(&format!("第2页共{}页", pages.len())), "{}", pages[1]);
    }
}

/// A picture, by what each pixel is.
fn png_of(side: u32, kind: png::ColorType, pixel: impl Fn(u32, u32) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(kind);
    let pixels: Vec<u8> = (0..side * side).flat_map(|n| pixel(n % side, n / side)).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    out
}

/// A cross of ink in the middle of a white sheet.
fn cross(side: u32, ink: [u8; 3], paper: [u8; 3]) -> Vec<u8> {
    let arm =
        |a: u32, b: u32| (side * 2 / 5..side * 3 / 5).contains(&a) && (side / 4..side * 3 / 4).contains(&b);
    png_of(side, png::ColorType::Rgb, |x, y| if arm(x, y) || arm(y, x) { ink.into() } else { paper.into() })
}

/// The fonts of this machine, and one picture.
struct Pictured(Installed, char, Picture);

impl Faces for Pictured {
    fn count(&self) -> usize {
        self.0.count()
    }

    fn face(&self, n: usize) -> Option<&Face> {
        self.0.face(n)
    }

    fn picture(&self, c: char) -> Option<&Picture> {
        (c == self.1).then_some(&self.2)
    }
}

#[test]
fn a_character_without_a_glyph_is_printed_as_its_picture_in_the_place_and_size_of_a_letter() {
    let name = "张\u{2EBF0}三";
    let fonts =
        Pictured(Installed::debian(), '\u{2EBF0}', Picture::read(&cross(200, [0; 3], [255; 3])).unwrap());
    let pdf = said("姓名", name).pdf(&fonts).unwrap();
    assert_eq!(read(&pdf), ["姓名张三"], "the letters around it are still text");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.pdf"), &pdf).unwrap();
    let made =
        Command::new("pdftoppm").args(["-r", "200", "-gray", "a.pdf", "a"]).current_dir(dir.path()).status();
    assert!(made.unwrap().success());
    let image = std::fs::read(dir.path().join("a-1.pgm")).unwrap();
    // Where 张 ends and 三 begins by the text, there is ink of about a letter's size.
    let out =
        Command::new("pdftotext").args(["-bbox", "a.pdf", "-"]).current_dir(dir.path()).output().unwrap();
    let boxes = String::from_utf8(out.stdout).unwrap();
    assert!(boxes.contains("张"), "{boxes}");
    let dark = image.iter().rev().take(image.len() - 20).filter(|p| **p < 128).count();
    let blank = said("姓名", "张　三").pdf(&Installed::debian()).unwrap();
    std::fs::write(dir.path().join("b.pdf"), &blank).unwrap();
    let made =
        Command::new("pdftoppm").args(["-r", "200", "-gray", "b.pdf", "b"]).current_dir(dir.path()).status();
    assert!(made.unwrap().success());
    let image = std::fs::read(dir.path().join("b-1.pgm")).unwrap();
    let without = image.iter().rev().take(image.len() - 20).filter(|p| **p < 128).count();
    // 10.5 points are 29 pixels; the cross inks a third of its square.
    assert!((200..700).contains(&(dark - without)), "{dark} {without}");
}

#[test]
fn a_picture_is_black_on_white_without_a_frame_and_of_a_size() {
    assert!(Picture::read(&cross(64, [0; 3], [255; 3])).is_ok());
    assert!(
        Picture::read(&cross(64, [40, 40, 60], [240; 3])).is_ok(),
        "a scan is never quite black or white"
    );
    let clear = png_of(64, png::ColorType::Rgba, |x, y| {
        if (20..40).contains(&x) && (20..40).contains(&y) { vec![0, 0, 0, 255] } else { vec![0, 0, 0, 0] }
    });
    assert!(Picture::read(&clear).is_ok(), "what can be seen through is white");
    let read = |bytes: &[u8]| Picture::read(bytes).unwrap_err();
    assert_eq!(read(&cross(64, [255; 3], [0; 3])), PictureError::NotBlackOnWhite, "white on black");
    assert_eq!(read(&cross(64, [120, 0, 0], [255; 3])), PictureError::NotBlackOnWhite, "red");
    assert_eq!(read(&cross(64, [255; 3], [255; 3])), PictureError::NotBlackOnWhite, "empty");
    let framed = png_of(64, png::ColorType::Grayscale, |x, y| {
        vec![if x < 2 || y < 2 || x > 61 || y > 61 || (20..40).contains(&x) { 0 } else { 255 }]
    });
    assert_eq!(read(&framed), PictureError::NotBlackOnWhite);
    assert_eq!(read(&cross(16, [0; 3], [255; 3])), PictureError::Size);
    assert_eq!(read(&vec![0; 300 << 10]), PictureError::Size);
    assert_eq!(read(b"\xFF\xD8\xFF"), PictureError::NotPng);
    let whole = cross(64, [0; 3], [255; 3]);
    assert_eq!(read(&whole[..whole.len() / 2]), PictureError::NotPng);
}
