//! 批量业务申请表 (Appendix 3) in two copies, 单位授权委托书 (Appendix 4), 预制卡申请表 (Appendix 5).

use super::items::Items;
use kaguan_domain::clause;
use kaguan_print::{Block, Cell, Line, Paper, Row, Run, Sheet, Table};

pub const TITLE: &str = "广东省社会保障卡批量业务申请表";
pub const ORDER: &str = "广东省社会保障卡预制卡申请表";
/// 一式两联，双方各保留一份 (Article 9).
const COPIES: [&str; 2] = ["第一联（卡经办网点留存）", "第二联（申请单位留存）"];

fn plain(text: &str) -> Line {
    vec![Run::plain(text)]
}

fn said(title: &'static str, items: &Items) -> Line {
    vec![Run::plain(&format!("{title}：")), Run::of(title, items.of(title))]
}

/// Both copies of the form, each on its page, and the authorisation.
pub fn paper(form: &Items, mandate: &Items) -> Paper {
    let mut sheets: Vec<Sheet> = COPIES.iter().map(|copy| batch_form(form, copy)).collect();
    sheets.push(authorisation(mandate));
    Paper { title: TITLE.into(), sheets }
}

fn batch_form(items: &Items, copy: &str) -> Sheet {
    clause!(X3.1);
    let whole = |title: &str| Row::of(11.0, items.both(title, 3).into());
    let code = items.cell("法人证书/营业执照/法人登记证代码/组织机构代码").wide(3);
    let [a, b] = items.both("经办人姓名", 1);
    let [c, d] = items.both("经办人证件号码", 1);
    let written = |lines: &[&str], high: f32| {
        Row::of(high, vec![Cell::of(lines.iter().map(|l| plain(l)).collect()).wide(4)])
    };
    let rows = vec![
        Row::of(11.0, vec![Cell::title("法人证书/营业执照/\n法人登记证代码/\n组织机构代码"), code]),
        whole("单位机构名称"),
        whole("单位类型"),
        whole("单位地址"),
        Row::of(11.0, vec![a, b, c, d]),
        whole("经办人联系方式"),
        whole("批量申请总人数"),
        whole("批量申请日期"),
        written(&["单位经办人签名：", "", "时间："], 24.0),
        written(&["单位盖章：", "", "", "时间："], 40.0),
    ];
    Sheet {
        copy: copy.into(),
        blocks: vec![
            Block::Heading(TITLE.into()),
            Block::Spread(vec![said("申请表编号", items), said("城市代码", items)]),
            Block::Table(Table { widths: vec![44.0, 46.0, 36.0, 52.0], head: 0, rows }),
        ],
        ..Sheet::default()
    }
}

fn authorisation(items: &Items) -> Sheet {
    clause!(X4.1);
    let filled = |title: &str, blank| Run::filled(title, items.of(title), blank);
    let number = match items.of("证件类型") {
        "居民身份证" | "" => "身份证号".to_owned(),
        other => format!("{other}号码"),
    };
    let line = vec![
        Run::plain("兹授权本单位员工"),
        filled("授权本单位员工", 6),
        Run::plain("，性别："),
        filled("性别", 3),
        Run::plain(&format!("，{number}：")),
        filled("证件号码", 10),
        Run::plain("，联系电话"),
        filled("联系电话", 7),
        Run::plain("，到你单位办理"),
        filled("办理事宜", 14),
        Run::plain(
            "事宜，对被授权人在办理上述事项过程中签署的有关文件，我单位均予以认可，并承担相应的法律责任。",
        ),
    ];
    let ending = |title: &'static str, says: &str| Block::Paragraph {
        line: vec![Run::plain(&format!("{title}：")), Run::of(title, says)],
        indent: false,
    };
    Sheet {
        blocks: vec![
            Block::Heading("单位授权委托书".into()),
            Block::Gap(6.0),
            Block::Paragraph {
                line: vec![Run::plain("致"), filled("致", 10), Run::plain("：")],
                indent: false,
            },
            Block::Gap(3.0),
            Block::Paragraph { line, indent: true },
            Block::Paragraph { line: plain("请贵单位给予协助，谢谢！"), indent: true },
            Block::Gap(18.0),
            ending("授权期限", items.of("授权期限")),
            Block::Gap(4.0),
            ending("授权单位盖章", items.of("授权单位")),
            Block::Gap(18.0),
            Block::Spread(vec![plain(""), plain(""), plain("年　　月　　日")]),
        ],
        ..Sheet::default()
    }
}

/// The form of an order of pre-made cards, for the three parties that sign it.
pub fn order(items: &Items) -> Paper {
    clause!(X5.1);
    let lines = |first: &str, who: &str| {
        let first = vec![Run::plain(&format!("{first}：")), Run::of(first, who)];
        let rest = [
            "",
            "经办人（签字）：",
            "",
            "（单位盖章）",
            "",
            "　　　　　　　　　　　　　　　　　　　　　　　　　　　年　　月　　日",
        ];
        std::iter::once(first).chain(rest.iter().map(|l| plain(l))).collect::<Vec<_>>()
    };
    let titles = ["银行", "制卡商", "数量", "备注"];
    let mut rows = vec![
        Row::of(10.0, titles.map(Cell::title).into()),
        Row::of(10.0, titles.map(|t| items.cell(t).centred()).into()),
    ];
    rows.extend((0..3).map(|_| Row::of(10.0, titles.map(|_| Cell::text("", "")).into())));
    for title in ["申请单位", "审核单位", "抄送单位"] {
        rows.push(Row::of(46.0, vec![Cell::of(lines(title, items.of(title))).wide(4)]));
    }
    let sheet = Sheet {
        blocks: vec![
            Block::Heading(ORDER.into()),
            Block::Spread(vec![said("申请单位", items), said("批次", items)]),
            Block::Table(Table { widths: vec![52.0, 52.0, 30.0, 44.0], head: 0, rows }),
        ],
        ..Sheet::default()
    };
    Paper { title: ORDER.into(), sheets: vec![sheet] }
}
