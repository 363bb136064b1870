//! 业务受理回执 (Appendix 2) with the e-receipt of a fee below it, and 不予受理凭证 (Article 8).

use super::items::Items;
use kaguan_domain::application::printed::Voucher;
use kaguan_domain::clause;
use kaguan_print::{Block, Cell, Line, Mark, Row, Run, Sheet, Table};

pub const TITLE: &str = "广东省社会保障卡业务受理回执";
pub const VOUCHER: &str = "广东省社会保障卡业务不予受理凭证";

fn plain(text: &str) -> Line {
    vec![Run::plain(text)]
}

fn said(title: &'static str, items: &Items) -> Line {
    vec![Run::plain(&format!("{title}：")), Run::of(title, items.of(title))]
}

/// The receipt; `proof` is the address that tells whether it is genuine.
pub fn sheet(items: &Items, e_receipt: &Items, proof: Option<String>) -> Sheet {
    clause!(X2.1);
    let [a, b] = items.both("业务编号", 1);
    let [c, d] = items.both("社会保障号", 1);
    let [e, f] = items.both("申请人姓名", 1);
    let [g, h] = items.both("联系电话", 1);
    // Those after the first stand below it, as in the appendix.
    let notes = format!("注意事项：{}", items.of("注意事项").replace('\n', "\n　　　　　"));
    let rows = vec![
        Row::of(11.0, vec![a, b, c, d]),
        Row::of(11.0, vec![e, f, g, h]),
        Row::of(11.0, items.both("业务类型", 3).into()),
        Row::of(24.0, vec![Cell::text("注意事项", &notes).wide(4)]),
    ];
    let mut blocks = vec![
        Block::Heading(TITLE.into()),
        Block::Spread(vec![plain(""), plain("（系统打印）"), plain("")]),
        Block::Spread(vec![said("业务受理日期", items), said("网点编号", items)]),
        Block::Table(Table { widths: vec![24.0, 66.0, 26.0, 62.0], head: 0, rows }),
        Block::Gap(4.0),
        Block::Spread(vec![said("业务经办单位（业务章）", items), said("业务经办人", items)]),
    ];
    if let Some(address) = proof {
        let says = [
            "扫码核验本回执：显示业务、日期、网点是否属实，以及到哪里查询办理进度，不显示个人信息。",
            "不能扫码的，在浏览器中打开：",
            &address,
        ];
        blocks.push(Block::Gap(6.0));
        blocks.push(Block::Mark(Mark { says: says.iter().map(|s| plain(s)).collect(), address }));
    }
    if let Some((name, rest)) = e_receipt.0.split_first() {
        let rows = rest.iter().map(|(t, text)| Row::of(9.0, vec![Cell::title(t), Cell::text(t, text)]));
        let table = Table { widths: vec![40.0, 138.0], head: 0, rows: rows.collect() };
        blocks.extend([Block::Gap(8.0), Block::Heading(name.1.clone()), Block::Table(table)]);
    }
    Sheet { blocks, ..Sheet::default() }
}

/// 邮寄面单: in the clear, for the envelope.
pub fn label(title: &str, items: &[(&'static str, String)]) -> Sheet {
    clause!(R10.5);
    let row = |(title, text): &(&'static str, String)| {
        Row::of(12.0, vec![Cell::title(title), Cell::text(title, text)])
    };
    let table = Table { widths: vec![36.0, 142.0], head: 0, rows: items.iter().map(row).collect() };
    Sheet { blocks: vec![Block::Heading(title.into()), Block::Table(table)], ..Sheet::default() }
}

/// The voucher.
pub fn voucher(v: &Voucher) -> Sheet {
    clause!(R8.9);
    let row = |title: &str, text: &str| Row::of(11.0, vec![Cell::title(title), Cell::text(title, text)]);
    let lines = v.lines.iter().enumerate();
    let lines: Vec<String> = lines.map(|(n, l)| format!("{}.{}", n + 1, l.text)).collect();
    let rows = vec![
        row("凭证编号", &v.number),
        row("申请人", &v.applicant),
        row("不予受理原因、依据和解决途径", &lines.join("\n")),
        Row {
            height: 26.0,
            ..row("经办单位（业务章）", &format!("{}（网点编号 {}）", v.office, v.office_code))
        },
        row("业务经办人", &v.clerk),
        row("日期", &v.day),
    ];
    let table = Table { widths: vec![40.0, 138.0], head: 0, rows };
    Sheet { blocks: vec![Block::Heading(VOUCHER.into()), Block::Table(table)], ..Sheet::default() }
}
