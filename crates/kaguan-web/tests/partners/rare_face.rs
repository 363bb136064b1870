//! A rare name on a face (Appendix 9): judged before a blank leaves its box, and typed again where it stands.

use crate::making::{counter, settled};
use crate::premade::{encoded, says};
use kaguan_desk_driver::face::Fonts;
use kaguan_domain::clause;
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::ids::MaterialId;

#[tokio::test(flavor = "multi_thread")]
async fn annex_9_a_name_is_judged_before_a_blank_leaves_its_box_and_is_typed_again_where_it_stands() {
    clause!(X9.4);
    let c = counter().await;
    let mut filled = c.w.apply(1, c.w.outlet());
    filled.draft.name = "林[CHUI]明".into();
    let (id, digest) = (MaterialId(c.w.service.fresh()), kaguan_testkit::portrait().1.clone());
    c.w.service.store().put_material(id, &kaguan_testkit::portrait().0).await.unwrap();
    filled.presented.materials.push(Enclosed { id, kind: MaterialKind::Identity, digest });
    let lin = c.w.takes_in(1, filled).await;
    c.paired().await;
    let application = c.w.file(lin).await.0.applications[0].id;
    c.clerk.get("/instant/making").await;
    let first = format!("holder={lin}&application={application}&printed_name={}", encoded("林明"));
    c.clerk.posts("/instant/making/start", &first).await;
    says(&settled(&c.clerk).await, &["录入的姓名为2个字，档案中的姓名为3个字", "value=\"林明\"", "附件9"]);
    let full = c.machine.places().boxes[&1].len();
    // Each with what is said of it, and what stands in the field then.
    for (typed, told) in [
        ("林\u{E000}明", "私有区字符U+E000"),
        ("林[CHUI]明", "录入的姓名为8个字"),
        ("王䄲明", "除[拼音]处外"),
        ("林\u{2EBF0}明", "的字形，未进卡。请安装含该字形的字库"),
    ] {
        c.clerk.fills("/instant/making/start", &[("printed_name", typed)]).await;
        let page = settled(&c.clerk).await;
        says(&page, &[told, &format!("value=\"{typed}\""), "没有从卡盒进卡"]);
        assert!(
            !page.contains("退卡</td>") && !page.contains("进行中</td>") && !page.contains("。。"),
            "{page}"
        );
        let places = c.machine.places();
        assert!(places.good.is_empty() && places.slot.is_none() && places.boxes[&1].len() == full);
    }
    // What an older standard has in private use is its standard character (decision 0002).
    let fonts = Fonts::of_machine();
    let old = if fonts.missing("\u{20087}").is_empty() { "林\u{E816}明" } else { "林䄲明" };
    c.clerk.fills("/instant/making/start", &[("printed_name", old)]).await;
    says(
        &settled(&c.clerk).await,
        &["核对拟印卡面", if old.contains('䄲') { "林䄲明" } else { "林\u{20087}明" }],
    );
    c.agent.abort();
}
