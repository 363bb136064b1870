//! 组件样例: every piece of which pages are made, with samples, for whoever changes the style sheet or a template. In a province for trying
//! things out only; elsewhere the address leads nowhere.

use crate::frame::Frame;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, column};
use crate::menu::Page;
use crate::pages::FieldView;
use crate::session::SignedIn;
use crate::wrong;
use askama::Template;
use axum::Extension;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/gallery",
    screens: &[],
    doors: |d| d.get("/gallery", page),
    samples: &[
        "/gallery",
        "/gallery?sample.bank=工商银行&sample.sort=-people",
        "/gallery?sample.bank=没有的",
    ],
};

/// Laid around the console of a province for trying things out.
#[derive(Clone, Copy)]
pub struct ForTrying;

const LIST: List = List {
    id: "sample",
    path: "/gallery",
    title: "列表",
    none: "没有批次。批次筛选之后，批次列在这里。",
    columns: &[
        column("number", "批次号", Kind::Code),
        column("bank", "服务银行", Kind::Choice),
        column("people", "人数", Kind::Sum),
        column("state", "环节", Kind::Choice),
        column("clock", "时限", Kind::Text),
    ],
};
const EMPTY: List = List { id: "empty", title: "空列表", ..LIST };

fn rows() -> Vec<Row> {
    let banks = ["工商银行", "建设银行", "广东省农村信用社联合社"];
    let clocks = [("bad", "超期3日"), ("warn", "今日"), ("", "2026-12-01")];
    let row = |i: usize| Row {
        key: i.to_string(),
        cells: vec![
            Cell::from(format!("44012026{i:04}")).leads("/gallery"),
            banks[i % 3].into(),
            i64::try_from(i * 37 % 200).unwrap_or_default().into(),
            if i.is_multiple_of(2) { "开户中" } else { "制卡中" }.into(),
            Cell::from(clocks[i % 3].1).tagged(clocks[i % 3].0).beside("《经办规程》第十一条"),
        ],
        acts: vec![
            Act::Open { to: "/gallery".into(), name: "核对并确认" },
            Act::Press { to: "/gallery", fields: Vec::new(), name: "打开" },
        ],
    };
    (0..120).map(row).collect()
}

/// The page.
#[derive(Template)]
#[template(path = "desk/gallery/gallery.html")]
struct GalleryPage {
    frame: Frame,
    lists: [ListView; 2],
    fields: [FieldView; 2],
}
crate::frame::page!(GalleryPage);

fn field(title: &'static str, name: &'static str, value: &str) -> FieldView {
    FieldView { title, name, value: value.into(), required: true, choices: Vec::new(), focus: false }
}

/// The samples.
async fn page(trying: Option<Extension<ForTrying>>, uri: Uri, me: SignedIn, asked: Asked) -> Response {
    if trying.is_none() {
        return wrong::no_page(uri).await;
    }
    let choices = vec![("1".to_owned(), "男".to_owned()), ("2".to_owned(), "女".to_owned())];
    let sex = FieldView { choices, ..field("性别", "sex", "1") };
    let fields = [field("姓名", "name", "𬱖某"), sex];
    let lists = [LIST.view(rows(), &asked), EMPTY.view(Vec::new(), &asked)];
    let frame = Frame::of(&me, "组件样例").done("这是办结后的一句话，依据《经办规程》第八条。");
    GalleryPage { frame, lists, fields }.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_a_list_of_several_pages_and_an_empty_one() {
        let view = LIST.view(rows(), &Asked::default());
        assert!(view.next.is_some() && view.filters.len() == 2 && view.sums.len() == 5);
        assert!(!EMPTY.view(Vec::new(), &Asked::default()).any);
    }
}
