//! The lists of partners: who there is, what was proposed, keys and contacts.

use super::{ChangeView, KeyView, PartnerView};
use crate::list::{Act, Button, Cell, Input, Kind, List, Row, column};

pub const LIST: List = List {
    id: "counterparts",
    path: "/partners",
    title: "合作方",
    none: "没有服务银行和卡商。",
    columns: &[
        column("kind", "种类", Kind::Choice),
        column("name", "名称", Kind::Text),
        column("code", "代码", Kind::Code),
        column("cities", "合作地市", Kind::Text),
        column("line", "接口", Kind::Choice),
        column("keys", "公钥", Kind::Choice),
        column("contacts", "联系人", Kind::Sum),
    ],
};

pub const WAITING: List = List {
    id: "partner_changes",
    path: "/partners",
    title: "待审核",
    none: "没有待审核的变更。",
    columns: &[
        column("said", "变更", Kind::Text),
        column("reason", "理由", Kind::Text),
        column("proposed", "提出", Kind::Text),
        column("state", "状态", Kind::Choice),
        column("outcome", "审核", Kind::Text),
    ],
};

pub const CHANGES: List =
    List { id: "history", title: "变更记录", none: "没有变更记录。", ..WAITING };

pub const SYSTEM_KEYS: List = List {
    id: "system_keys",
    path: "/partners",
    title: "系统密钥",
    none: "没有系统密钥。",
    columns: &[column("number", "序号", Kind::Code), column("from", "启用", Kind::Code)],
};

pub const KEYS: List = List {
    id: "keys",
    path: "/partners",
    title: "公钥",
    none: "没有登记公钥。",
    columns: &[
        column("name", "名称", Kind::Code),
        column("print", "指纹（SM3）", Kind::Code),
        column("from", "生效", Kind::Code),
        column("until", "失效", Kind::Code),
        column("state", "状态", Kind::Choice),
    ],
};

pub const PEOPLE: List = List {
    id: "contacts",
    path: "/partners",
    title: "联系人",
    none: "没有登记联系人。",
    columns: &[
        column("city", "地市", Kind::Choice),
        column("duty", "职责", Kind::Choice),
        column("name", "姓名", Kind::Text),
        column("phone", "电话", Kind::Text),
    ],
};

pub fn row(p: PartnerView) -> Row {
    let (code, keys) = (p.code().to_owned(), Cell::from(p.keys));
    Row {
        cells: vec![
            p.kind.into(),
            Cell::from(p.name).leads(format!("/partners/{}", p.id)),
            code.into(),
            p.cities.into(),
            p.line.into(),
            if p.warn { keys.tagged("warn") } else { keys },
            p.contacts.into(),
        ],
        key: p.id,
        acts: Vec::new(),
    }
}

pub fn change_row(c: ChangeView) -> Row {
    let id = || vec![("id", c.id.to_string())];
    let decide = || Act::examined("/partners/decide", c.id, "不同意的理由", ["同意", "不同意"]);
    let withdraw = || Act::Press { to: "/partners/withdraw", fields: id(), name: "撤回" };
    let acts = c.decide.then(decide).into_iter().chain(c.withdraw.then(withdraw)).collect();
    let cells = vec![c.said.into(), c.reason.into(), c.proposed.into(), c.state.into(), c.outcome.into()];
    Row { key: c.id.to_string(), cells, acts }
}

/// A key of a partner, and the form that ends it.
pub fn key_row(partner: &str, k: KeyView) -> Row {
    let input = Input {
        name: "until",
        head: "失效时间，如2026-12-10T00:00（空为立即）",
        value: String::new(),
        required: false,
    };
    let sure = Input {
        name: "sure",
        head: "确认（唯一有效公钥，立即停用后对方请求全部被拒绝：填写公钥名称）",
        value: String::new(),
        required: false,
    };
    let end = || Act::Form {
        to: "/partners/end-key",
        fields: vec![("partner", partner.to_owned()), ("key", k.id.clone())],
        inputs: std::iter::once(input).chain(k.last.then_some(sure)).collect(),
        buttons: vec![Button { name: "", value: "", says: "停用", bare: false }],
    };
    let state = Cell::from(k.state);
    let acts = k.end.then(end).into_iter().collect();
    let cells = vec![
        k.id.clone().into(),
        k.print.into(),
        k.from.into(),
        k.until.into(),
        if k.state == "有效" { state.tagged("ok") } else { state },
    ];
    Row { key: k.id, cells, acts }
}
