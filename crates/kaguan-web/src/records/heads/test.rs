//! 日志末端, as a witness asks for it.

use super::Door;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_store::JournalHead;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_39_1_anybody_can_watch_that_the_journal_grows_and_learns_nothing_else() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    w.with_card(1).await;
    let stranger = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    let (status, text, _) = stranger.send("GET", "/journal-heads", "", "http://console").await;
    assert_eq!(status, StatusCode::OK);
    let heads: Vec<JournalHead> = text.lines().map(|l| l.parse().unwrap()).collect();
    assert!(heads.len() > 1);
    let store = w.service.store();
    let mut previous = [0; 32];
    for (i, head) in (1..).zip(&heads) {
        assert_eq!((head.block.seq, head.block.previous), (i, previous));
        assert_eq!(head.verify(Some(&store.public_key())), Ok(()));
        previous = head.block.hash();
    }
    assert_eq!(heads.last(), store.journal_head().as_ref(), "partners get the same with every reply");
    let (_, rest, _) =
        stranger.send("GET", &format!("/journal-heads?after={}", heads.len()), "", "http://console").await;
    assert!(rest.is_empty(), "{rest}");
    assert!(!text.contains("holder") && !text.contains(&w.draft(1).document_number));
}
