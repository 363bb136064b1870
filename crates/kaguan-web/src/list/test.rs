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

/// What a filter offers: name, how many have it, whether it is chosen.
fn offered(view: &ListView, at: usize) -> Vec<(&str, &str, bool)> {
    view.filters[at].values.iter().map(|v| (v.name.as_str(), v.n.as_str(), v.chosen)).collect()
}

fn first_cells(view: &ListView, at: usize) -> Vec<&str> {
    view.rows.iter().map(|r| r.cells[at].text.as_str()).collect()
}

#[test]
fn a_list_is_narrowed_ordered_and_summed_and_says_how_many_it_leaves_out() {
    let view = LIST.view(rows(10), &asked("wait.bank=工商银行&wait.sort=-n&other.bank=x"));
    assert_eq!(first_cells(&view, 2), ["9", "6", "3", "0"]);
    assert_eq!(view.sums, ["合计", "", "18"]);
    assert_eq!(view.said, "共4项（筛选前10项）");
    assert_eq!(offered(&view, 0), [("工商银行", "4", true), ("建设银行", "6", false)]);
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
    let view = LIST.view(rows(120), &asked("wait.sort=n"));
    assert_eq!((view.rows.len(), view.said.as_str()), (50, "第1—50项，共120项"));
    assert_eq!(view.next.as_deref(), Some("/waiting?wait.sort=n&wait.after=49"));
    let view = LIST.view(rows(120), &asked("wait.sort=n&wait.after=99"));
    assert_eq!((view.rows.len(), first_cells(&view, 2)[0]), (20, "100"));
    assert_eq!((view.next, view.first.as_deref()), (None, Some("/waiting?wait.sort=n")));
}

#[test]
fn a_file_has_every_line_that_was_asked_for_and_the_columns_that_are_shown() {
    let view = LIST.view(rows(60), &asked("wait.show=bank&wait.show=n&wait.as=csv"));
    assert_eq!(view.heads.iter().map(|h| h.head).collect::<Vec<_>>(), ["服务银行", "人数"]);
    let csv = view.table.csv();
    assert_eq!(csv.lines().next(), Some("服务银行,人数"));
    assert_eq!(csv.lines().count(), 61);
    assert!(view.taken().is_some() && LIST.view(rows(1), &Asked::default()).taken().is_none());
}

#[test]
fn nothing_is_a_choice_of_its_own_and_what_is_not_counted_has_no_sum() {
    let mut some = rows(3);
    some[1].cells[1] = "".into();
    some[2].cells[2] = "待清点".into();
    let view = LIST.view(some, &Asked::default());
    assert!(view.filters[0].values.iter().all(|v| !v.value.is_empty() && !v.chosen));
    assert!(view.sums.is_empty(), "a sum that leaves something out would not be true");
    let mut some = rows(3);
    some[1].cells[1] = "".into();
    let view = LIST.view(some, &asked("wait.bank=（空）"));
    assert_eq!(
        (first_cells(&view, 2), view.sums.clone()),
        (vec!["1"], vec!["合计".into(), "".into(), "1".into()])
    );
}

#[test]
fn a_choice_that_nothing_has_any_more_stays_to_be_taken_back() {
    let view = LIST.view(rows(1), &asked("wait.bank=建设银行"));
    assert!(view.rows.is_empty() && view.any);
    assert_eq!(offered(&view, 0), [("工商银行", "1", false), ("建设银行", "0", true)]);
}

/// Three banks, by their codes.
fn banks() -> Vec<Offer<u8>> {
    let of = |(code, name, value): (&str, &str, u8)| Offer { code: code.into(), name: name.into(), value };
    [("a", "工商银行", 1), ("b", "建设银行", 2), ("c", "农业银行", 3)].map(of).into()
}

#[test]
fn a_list_in_parts_asks_the_store_for_what_was_chosen_and_offers_all_of_it_without_counts() {
    let asked = asked("wait.bank=b&wait.sort=-n&wait.from=9");
    let mut choose = LIST.choose(&asked);
    assert_eq!(choose.by("bank", banks()), Some(2), "this is what the store is asked for");
    assert_eq!(choose.by("day", banks()), None, "a column of another kind is not chosen by");
    // Whatever the store gave is shown: it was narrowed there, also what this page would not have found by its text.
    let view = choose.view(rows(2), Some("17".into()));
    assert_eq!(view.rows.len(), 2);
    let offers = [("工商银行", "", false), ("建设银行", "", true), ("农业银行", "", false)];
    assert_eq!(offered(&view, 0), offers, "what nothing on this part has is offered as well");
    assert_eq!(view.more.as_deref(), Some("/waiting?wait.bank=b&wait.sort=-n&wait.from=17"));
    assert_eq!(view.said, "本部分2项（只在本部分内排序）");
    assert_eq!(view.sums[0], "本部分合计");
    let unknown = self::asked("wait.bank=x");
    let mut choose = LIST.choose(&unknown);
    assert_eq!(choose.by("bank", banks()), None, "what is not offered chooses nothing");
    let view = choose.view(rows(2), None);
    assert!(view.filters[0].values.iter().all(|v| !v.chosen) && view.rows.len() == 2, "and says so");
    let by_name = self::asked("wait.bank=建设银行");
    assert_eq!(LIST.choose(&by_name).by("bank", banks()), Some(2), "an address of an earlier version");
}

#[test]
fn a_list_in_parts_that_has_nothing_of_what_was_chosen_still_shows_what_was_chosen() {
    let asked = asked("wait.bank=c");
    let mut choose = LIST.choose(&asked);
    choose.by("bank", banks());
    let view = choose.view(Vec::new(), None);
    assert!(view.any && view.rows.is_empty());
    assert_eq!(view.filters[0].values.iter().filter(|v| v.chosen).count(), 1);
    let mut gone = LIST.choose(&asked);
    let still = |code: &str| banks().into_iter().find(|b| b.code == code);
    assert_eq!(gone.by_what_is_there("bank", banks().into_iter().take(2), still), Some(3));
    let view = gone.view(Vec::new(), None);
    assert_eq!(
        offered(&view, 0).last(),
        Some(&("农业银行", "", true)),
        "what nobody has any more can be taken back"
    );
    let nothing = LIST.choose(&Asked::default()).view(Vec::new(), None);
    assert!(!nothing.any && nothing.filters.is_empty(), "without filters: none were offered");
    let mut one = LIST.choose(&asked);
    assert_eq!(one.by("bank", banks().into_iter().take(1)), None);
    assert!(one.view(rows(1), None).filters.is_empty(), "of one value alone there is nothing to choose");
}

#[test]
fn of_very_many_a_name_is_written_or_a_part_that_only_one_has_and_the_field_says_what_came_of_it() {
    let many =
        || (0..301).map(|n| Offer { code: n.to_string(), name: format!("李{n}（li{n}）"), value: n });
    for (question, chosen, text, says) in [
        ("", None, "", "可选的有301项，没有逐项列出：请填写名称或其中一段"),
        ("wait.bank=li300", Some(300), "李300（li300）", ""),
        ("wait.bank=17", Some(17), "李17（li17）", ""),
        ("wait.bank=李17（li17）", Some(17), "李17（li17）", ""),
        ("wait.bank=+李299+", Some(299), "李299（li299）", ""),
        ("wait.bank=王", None, "王", "没有“王”，未按此筛选：请核对名称"),
        (
            "wait.bank=李29",
            None,
            "李29",
            "“李29”有11项，未按此筛选：请写全，如“李29（li29）”“李290（li290）”“李291（li291）”",
        ),
    ] {
        let asked = asked(question);
        let mut choose = LIST.choose(&asked);
        assert_eq!(choose.by("bank", many()), chosen, "{question}");
        let view = choose.view(rows(2), None);
        let typed = view.filters[0].typed.as_ref().unwrap();
        assert_eq!((typed.text.as_str(), typed.says.as_str()), (text, says), "{question}");
        assert!(view.filters[0].values.is_empty(), "{question}: no list longer than the page");
        let unmet = !text.is_empty() && !says.is_empty();
        assert_eq!(
            view.csv.is_empty(),
            unmet,
            "{question}: no file of what was not narrowed as it was written"
        );
        assert!(view.any, "{question}");
    }
    let asked = asked("wait.bank=299");
    let mut choose = LIST.choose(&asked);
    assert_eq!(choose.by("bank", many().take(300)), Some(299));
    assert!(choose.view(rows(2), None).filters[0].typed.is_none(), "three hundred are listed");
}

/// What a list asks of the page around it.
struct Around;

impl Around {
    fn once(&self) -> &'static str {
        ""
    }

    fn back(&self, address: &str) -> String {
        address.to_owned()
    }
}

#[derive(askama::Template)]
#[template(path = "list.html")]
struct ListPage {
    frame: Around,
    list: ListView,
}

#[test]
fn a_list_with_an_act_whose_template_fails_is_no_page_and_no_row_stands_without_its_act() {
    let page = |own| {
        let mut rows = rows(2);
        rows[1].acts.push(Act::Own(own));
        askama::Template::render(&ListPage { frame: Around, list: LIST.view(rows, &asked("")) })
    };
    assert!(
        page(Ok("<p>注销</p>".into())).unwrap().contains("<tr class=\"own\"><td colspan=\"3\"><p>注销</p>")
    );
    assert!(page(Err(askama::Error::Fmt)).is_err());
}
