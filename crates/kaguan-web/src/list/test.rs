//! A list: narrowed, ordered, summed, paged, taken away.

use super::*;

const LIST: List = List {
    id: "wait",
    path: "/waiting",
    title: "待核验",
    none: "没有。",
    columns: &[
        column("day", "受理日期", Kind::Code),
        column("bank", "服务银行", Kind::Choice),
        column("n", "人数", Kind::Sum),
    ],
};

fn asked(question: &str) -> Asked {
    Asked(form_urlencoded::parse(question.as_bytes()).into_owned().collect())
}

fn rows(n: i64) -> Vec<Row> {
    let row = |i: i64| Row {
        key: i.to_string(),
        cells: vec![
            format!("2026-01-{:02}", 1 + i % 28).into(),
            if i % 3 == 0 { "工商银行" } else { "建设银行" }.into(),
            i.into(),
        ],
        acts: Vec::new(),
    };
    (0..n).map(row).collect()
}

fn first_cells(view: &ListView, at: usize) -> Vec<&str> {
    view.rows.iter().map(|r| r.cells[at].text.as_str()).collect()
}

#[test]
fn a_list_is_narrowed_ordered_and_summed_and_says_how_many_it_leaves_out() {
    let view = LIST.view(rows(10), None, &asked("wait.bank=工商银行&wait.sort=-n&other.bank=x"));
    assert_eq!(first_cells(&view, 2), ["9", "6", "3", "0"]);
    assert_eq!(view.sums, ["合计", "", "18"]);
    assert_eq!(view.said, "共4项（筛选前10项）");
    assert_eq!(view.filters[0].values, [("工商银行".into(), 4, true), ("建设银行".into(), 6, false)]);
    assert_eq!(
        view.kept,
        [("wait.sort".into(), "-n".into()), ("other.bank".into(), "x".into())],
        "what another list was asked stays"
    );
    assert_eq!(view.heads[2].order, "descending");
    assert!(!view.heads[2].to.contains("wait.sort"), "a third press gives the list as it was");
}

#[test]
fn a_page_begins_after_the_key_of_the_last_line_and_keeps_what_was_chosen() {
    let view = LIST.view(rows(120), None, &asked("wait.sort=n"));
    assert_eq!((view.rows.len(), view.said.as_str()), (50, "第1—50项，共120项"));
    assert_eq!(view.next.as_deref(), Some("/waiting?wait.sort=n&wait.after=49"));
    let view = LIST.view(rows(120), None, &asked("wait.sort=n&wait.after=99"));
    assert_eq!((view.rows.len(), first_cells(&view, 2)[0]), (20, "100"));
    assert_eq!((view.next, view.first.as_deref()), (None, Some("/waiting?wait.sort=n")));
}

#[test]
fn a_file_has_every_line_that_was_asked_for_and_the_columns_that_are_shown() {
    let view = LIST.view(rows(60), None, &asked("wait.show=bank&wait.show=n&wait.as=csv"));
    assert_eq!(view.heads.iter().map(|h| h.head).collect::<Vec<_>>(), ["服务银行", "人数"]);
    let csv = view.table.csv();
    assert_eq!(csv.lines().next(), Some("服务银行,人数"));
    assert_eq!(csv.lines().count(), 61);
    assert!(view.taken().is_some() && LIST.view(rows(1), None, &Asked::default()).taken().is_none());
}

#[test]
fn nothing_is_a_choice_of_its_own_and_what_is_not_counted_has_no_sum() {
    let mut some = rows(3);
    some[1].cells[1] = "".into();
    some[2].cells[2] = "待清点".into();
    let view = LIST.view(some, None, &Asked::default());
    assert!(view.filters[0].values.iter().all(|(value, _, chosen)| !value.is_empty() && !chosen));
    assert!(view.sums.is_empty(), "a sum that leaves something out would not be true");
    let mut some = rows(3);
    some[1].cells[1] = "".into();
    let view = LIST.view(some, None, &asked("wait.bank=（空）"));
    assert_eq!(
        (first_cells(&view, 2), view.sums.clone()),
        (vec!["1"], vec!["合计".into(), "".into(), "1".into()])
    );
}

#[test]
fn a_choice_that_nothing_has_any_more_stays_to_be_taken_back() {
    let view = LIST.view(rows(1), None, &asked("wait.bank=建设银行"));
    assert!(view.rows.is_empty() && view.any);
    assert_eq!(view.filters[0].values, [("工商银行".into(), 1, false), ("建设银行".into(), 0, true)]);
}
