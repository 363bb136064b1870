//! Lists that are printed: 一人一卡业务确认单 (Appendix 10), 成品卡发放登记册 and 成品卡流转登记册 (Article 12).

use kaguan_domain::clause;
use kaguan_print::{Block, Cell, Line, Paper, Row, Run, Sheet, Table};

pub const SLIP: &str = "广东省社会保障卡“一人一卡”业务确认单";
pub const REGISTER: &str = "成品卡发放登记册";
pub const TRANSFERS: &str = "成品卡流转登记册";
pub const STOCK_MOVES: &str = "预制卡出入库登记册";

fn plain(text: &str) -> Line {
    vec![Run::plain(text)]
}

/// What stands on the slip besides the cards.
pub struct SlipSays<'a> {
    pub name: &'a str,
    pub number: &'a str,
    pub on: &'a str,
    pub outlet: &'a str,
    pub clerk: &'a str,
}

/// The slip: the cards that somebody has in the province, with card number, city, bank and whether it is in force.
pub fn slip(says: &SlipSays<'_>, cards: &[[String; 4]]) -> Paper {
    clause!(X10.1);
    let titles = ["社保卡卡号", "发卡地", "服务银行", "状态"];
    let mut rows = vec![Row::of(
        9.0,
        titles.iter().map(|t| Cell::title(t)).chain([Cell::title("处理（保留或清理）")]).collect(),
    )];
    rows.extend(cards.iter().map(|card| {
        let cells = titles.iter().zip(card).map(|(t, text)| Cell::text(t, text).centred());
        Row::of(9.0, cells.chain([Cell::text("", "□保留 □清理").centred()]).collect())
    }));
    let item = |title: &str, text: &str| vec![Run::plain(&format!("{title}：")), Run::of(title, text)];
    let paragraph = |text: &str| Block::Paragraph { line: plain(text), indent: true };
    let sheet = Sheet {
        blocks: vec![
            Block::Heading(SLIP.into()),
            Block::Gap(3.0),
            Block::Spread(vec![item("姓名", says.name), item("社会保障号码", says.number)]),
            Block::Table(Table { widths: vec![36.0, 30.0, 44.0, 32.0, 36.0], head: 1, rows }),
            Block::Gap(4.0),
            paragraph("补卡、换卡的，保留一张本地发行的社保卡，其余清理；首次申领的，名下社保卡全部清理。"),
            paragraph(
                "本人已核对上述持卡情况，同意按所选方式清理，并在新卡领卡激活后办理旧账户资金结转，交回旧卡并注销旧卡账户。",
            ),
            Block::Gap(10.0),
            Block::Spread(vec![plain("申请人签名："), plain("时间：　　　　"), plain("")]),
            Block::Gap(8.0),
            Block::Spread(vec![
                item("经办网点（业务章）", says.outlet),
                item("业务经办人", says.clerk),
                item("打印日期", says.on),
            ]),
        ],
        flows: true,
        ..Sheet::default()
    };
    Paper { title: SLIP.into(), sheets: vec![sheet] }
}

/// How much of the register's width an item takes, in millimetres of a sheet that lies.
fn width_of(title: &str) -> f32 {
    match title {
        "交出方" | "接收方" | "说明" => 34.0,
        "环节" | "张数" | "责任人" => 16.0,
        "装箱位置" => 36.0,
        "社保卡卡号" | "现状" | "签收凭据" => 30.0,
        "签字" => 26.0,
        "签收日期" | "登记册保存至" => 24.0,
        _ => 22.0,
    }
}

/// The register of a batch, over as many pages as it needs.
pub fn register(number: &str, says: [&str; 2], titles: &[&str], cards: &[Vec<String>]) -> Paper {
    let head: Vec<&str> = titles.iter().copied().chain(["签字"]).collect();
    let rows: Vec<Vec<String>> =
        cards.iter().map(|cells| cells.iter().cloned().chain([String::new()]).collect()).collect();
    let parties = [("批次号", number), ("发放机构", says[0]), ("打印日期", says[1])];
    book(REGISTER, parties, (&head, &rows), "登记册与纸质签收记录一致，至少保管5年（第十二条）。")
}

/// The register of a batch's hops.
pub fn transfers(number: &str, says: [&str; 2], titles: &[&str], rows: &[Vec<String>]) -> Paper {
    let parties = [("批次号", number), ("机构", says[0]), ("打印日期", says[1])];
    book(TRANSFERS, parties, (titles, rows), "登记册与纸质交接单一致，至少保管5年（第十二条）。")
}

/// The register of what was done with the boxes of an order of pre-made cards.
pub fn stock_moves(number: &str, says: [&str; 2], titles: &[&str], rows: &[Vec<String>]) -> Paper {
    let parties = [("批次", number), ("机构", says[0]), ("打印日期", says[1])];
    book(STOCK_MOVES, parties, (titles, rows), "做好出入库及使用登记，与纸质交接单一致（第三十六条）。")
}

/// A register on sheets that lie: what it is of, its rows under their heads, and how it is kept.
fn book(title: &str, of: [(&str, &str); 3], (titles, all): (&[&str], &[Vec<String>]), kept: &str) -> Paper {
    clause!(R12.2);
    let mut rows = vec![Row::of(8.0, titles.iter().copied().map(Cell::title).collect())];
    rows.extend(all.iter().map(|cells| {
        let cells = titles.iter().zip(cells).map(|(t, text)| Cell::text(t, text));
        Row::of(9.0, cells.collect())
    }));
    let widths = titles.iter().map(|t| width_of(t)).collect();
    let item = |(title, text): (&str, &str)| vec![Run::plain(&format!("{title}：")), Run::of(title, text)];
    let blocks = vec![
        Block::Heading(title.into()),
        Block::Spread(of.map(item).into()),
        Block::Table(Table { widths, head: 1, rows }),
        Block::Gap(1.0),
        Block::Paragraph { line: plain(kept), indent: false },
    ];
    let sheet = Sheet { blocks, flows: true, landscape: true, ..Sheet::default() };
    Paper { title: title.into(), sheets: vec![sheet] }
}

/// 交接单, 一式两联: both sides count, sign, and keep one each (Article 12).
pub fn hand_over(title: &str, items: &[(&'static str, String)]) -> Paper {
    clause!(R12.2);
    let sheet = |copy: &str| {
        let mut rows: Vec<Row> =
            items.iter().map(|(t, text)| Row::of(9.0, vec![Cell::title(t), Cell::text(t, text)])).collect();
        let signs = [
            "",
            "经办人（签字）：　　　　　　　　　　　　复核人（签字）：",
            "",
            "（单位盖章）　　　　　　　　　　　　　　年　　月　　日",
        ];
        let party = |name: &str, first: &[&str]| {
            let lines = first.iter().chain(&signs).map(|l| plain(l)).collect();
            Row::of(36.0, vec![Cell::title(name), Cell::of(lines)])
        };
        rows.push(party("移交方", &[]));
        rows.push(party("接收方", &["清点张数：　　　　　　短少：　　　　　　多出："]));
        Sheet {
            copy: copy.into(),
            blocks: vec![
                Block::Heading(title.into()),
                Block::Table(Table { widths: vec![36.0, 142.0], head: 0, rows }),
                Block::Gap(1.0),
                Block::Paragraph {
                    line: plain("双方清点后签字，各留一联；至少保管5年（第十二条）。"),
                    indent: false,
                },
            ],
            ..Sheet::default()
        }
    };
    let sheets = ["第一联（移交方留存）", "第二联（接收方留存）"].map(sheet);
    Paper { title: title.into(), sheets: sheets.into() }
}
