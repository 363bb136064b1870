//! 广东省社会保障卡个人业务申请表 (Appendix 1), on one page.

use super::items::Items;
use kaguan_domain::application::printed::{DECLARATION, PASTED};
use kaguan_domain::clause;
use kaguan_print::{Block, Cell, Line, Row, Run, Sheet, Shown, Table};

pub const TITLE: &str = "广东省社会保障卡个人业务申请表";
/// How its number is made, in the words of Appendix 1.
const NUMBERED: &str = "（申请登记表编号规则，44+地区代码+地市自编，总长度不超过20位。）";
/// A row's height, in millimetres.
const HIGH: f32 = 6.8;
/// Squares for a number.
const SQUARES: usize = 18;
/// All columns but that of the titles.
const WHOLE: usize = 8;

fn plain(text: &str) -> Line {
    vec![Run::plain(text)]
}

/// What is printed under 相片: the photo, or where it comes from.
fn photo(items: &Items, jpeg: Option<Vec<u8>>) -> Cell {
    let from = items.of("个人相片");
    let mut says = vec![plain("个人相片")];
    if !from.is_empty() {
        says.push(vec![Run::of("个人相片", &format!("（{from}）"))]);
    }
    Cell { shows: Shown::Photo { jpeg, says }, ..Cell::text("", "") }.centred().high(6)
}

fn rows(items: &Items, jpeg: Option<Vec<u8>>) -> Vec<Row> {
    let title = Cell::title;
    let row = |cells: Vec<Cell>| Row::of(HIGH, cells);
    let whole = |name: &str| row(items.both(name, WHOLE).into());
    let beside_photo = |name: &str| row(items.both(name, WHOLE - 1).into());
    let two = |left: &str, right: &str, columns: usize| {
        let [a, b] = items.both(left, 3);
        row(vec![a, b, title(right).wide(2), items.cell(right).wide(columns)])
    };
    let mut first: Vec<Cell> = Vec::new();
    for name in ["*姓名", "*性别", "*民族", "*国籍"] {
        first.extend(items.both(name, 1));
    }
    first.push(photo(items, jpeg));
    let [kind, kind_says] = items.both("*证件类型", 1);
    let mut rows = vec![
        row(first),
        row(vec![kind, kind_says, title("*证件号码"), items.squares("*证件号码", SQUARES).wide(5)]),
        two("*证件有效期", "*发证机关", 2),
        two("有效期起始日", "有效期到期日", 2),
        two("*出生日期", "*手机号码", 2),
        beside_photo("*通讯地址"),
    ];
    rows.extend(["*申请类型", "*开户银行", "户籍性质"].map(whole));
    rows.push(two("户籍地", "户籍地址", 3));
    rows.extend(["文化程度", "工作状态", "*职业", "个人身份状态"].map(whole));
    rows.push(two("单位名称", "单位地址", 3));
    rows.push(two("联系电话", "电子邮箱", 3));
    rows.push(two("户口性质", "领取方式", 3));
    if !items.of("邮寄地址").is_empty() {
        rows.push(whole("邮寄地址"));
        rows.push(two("收件人姓名", "收件人联系方式", 3));
    }
    rows.push(row(vec![
        title("代办人\n（监护人）姓名"),
        items.cell("代办人（监护人）姓名"),
        title("证件类型"),
        items.cell("代办人（监护人）证件类型").wide(6),
    ]));
    rows.push(row(vec![
        title("联系电话"),
        items.cell("代办人（监护人）联系电话"),
        title("证件号码"),
        items.squares("代办人（监护人）证件号码", SQUARES).wide(6),
    ]));
    let mut pasted = vec![plain("（有效证件复印件粘贴处）")];
    pasted.extend(PASTED.iter().enumerate().map(|(n, what)| plain(&format!("{}.{what}", n + 1))));
    rows.push(Row { fills: true, ..Row::of(30.0, vec![Cell::of(pasted).wide(WHOLE + 1)]) });
    let mut declared = vec![plain("本人授权申明：")];
    declared.extend(DECLARATION.map(|text| plain(&format!("　　{text}"))));
    declared.push(plain("申请人（代办人）签名：　　　　　　　　　　　　　　　　时间："));
    rows.push(row(vec![Cell::of(declared).wide(WHOLE + 1)]));
    rows.push(row(vec![Cell::of(vec![plain("业务经办人签名：")]).wide(WHOLE + 1)]));
    rows
}

/// The form, filled with what the application says.
pub fn sheet(items: &Items, jpeg: Option<Vec<u8>>) -> Sheet {
    clause!(X1.1);
    let widths = vec![25.0, 28.0, 20.0, 13.0, 13.0, 16.0, 13.0, 22.0, 28.0];
    let number = vec![
        Run::plain("*申请表编号："),
        Run::of("申请表编号", items.of("*申请表编号")),
        Run::plain(&format!("　{NUMBERED}")),
    ];
    Sheet {
        blocks: vec![
            Block::Heading(TITLE.into()),
            Block::Spread(vec![number]),
            Block::Table(Table { widths, head: 0, rows: rows(items, jpeg) }),
            Block::Gap(1.0),
            Block::Paragraph { line: plain("注：申请表标“*”的为必填项。"), indent: false },
        ],
        ..Sheet::default()
    }
}
