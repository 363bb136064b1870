//! Long numbers stand in groups of four, and are whole for whoever copies, searches or reads them.

use super::{Browser, Driver, add, serve};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};
use serde_json::json;

/// The groups of a number on the page behind its first, what is copied of it, and whether there is a gap before each.
const GROUPS: &str = r"
const all = [...document.querySelectorAll('.number, .number *, .paper *')];
const cell = all.filter((e) => e.textContent.trim() === arguments[0]).pop();
if (!cell) return null;
const groups = [...cell.querySelectorAll('.four')];
const before = (g) => { const r = document.createRange(); r.selectNode(g.previousSibling); return r.getBoundingClientRect(); };
const range = document.createRange();
range.selectNodeContents(cell);
const copied = getSelection();
copied.removeAllRanges();
copied.addRange(range);
return [groups.map((g) => g.textContent), copied.toString().trim(), groups.every((g) => g.getBoundingClientRect().left - before(g).right > 1)];
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn art_11_the_number_of_a_batch_is_read_in_fours_and_copied_whole() {
    clause!(R11.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
    add(&w, "city", Role::CityOfficer, "44010000000001").await;
    let home = serve(&w).await;
    let dir = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let b = Browser::open(&driver, &home, dir.path()).await;
    b.sign_in("city").await;
    b.go("/batches").await;
    let digits: Vec<char> = number.chars().collect();
    let fours: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    let said = b.client.execute(GROUPS, vec![json!(number)]).await.unwrap();
    assert_eq!(said, json!([fours[1..], number, true]), "{}", b.text().await);
    b.says(&number).await;
    b.client.clone().close().await.unwrap();
}
