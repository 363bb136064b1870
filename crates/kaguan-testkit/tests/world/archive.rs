//! 档案 (Article 40) on both engines: what is due is asked by outlet, what is destroyed is gone, and the journal replays.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::ids::{HolderId, MaterialId, OrgId};
use kaguan_domain::records::{DestroyMaterial, FileMaterial};
use kaguan_service::Command;
use kaguan_store::engine::{Sql, Write};
use kaguan_testkit::{BOTH, World};

/// A scan of one case of a card, filed by the outlet's clerk.
async fn filed(w: &World, id: HolderId, org: OrgId) -> MaterialId {
    let clerk = w.officer(org).await;
    let card = w.card_of(id).await;
    let material = FileMaterial {
        id: MaterialId(w.service.fresh()),
        case: Case::Card(card),
        kind: MaterialKind::AgentIdentity,
        digest: None,
        cabinet: None,
        org,
        more: Vec::new(),
    };
    let ctx = w.service.ctx(clerk, Channel::Console, None);
    w.service.file_material(ctx, id, material, Some(b"\xFF\xD8\xFFscan")).await.unwrap()
}

#[tokio::test]
async fn art_40_1_what_is_due_is_listed_by_outlet_destroyed_in_one_commit_and_replayed() {
    for on in BOTH {
        clause!(R40.1);
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let scan = filed(&w, id, w.outlet()).await;
        let store = w.service.store();
        let due = async |orgs: &[OrgId]| {
            let today = w.service.now().date();
            store.archive_due(orgs, today, None, 10).await.unwrap()
        };
        w.days_pass(6 * 365);
        assert!(due(&[w.outlet()]).await.is_empty(), "the card lives");
        let cancel = w.moved_out(id, card).await;
        let clerk = w.officer(w.outlet()).await;
        w.about(&clerk, id, C::Cancel(cancel)).await.unwrap();
        let ended = w.service.now().date();
        w.days_pass(5 * 365);
        assert!(due(&[w.outlet()]).await.is_empty(), "not five years yet");
        w.days_pass(3);
        let found = due(&[w.outlet(), w.bank_outlet()]).await;
        assert!(found.iter().any(|d| d.material == scan && d.holder == id && d.org == w.outlet()));
        assert!(found.iter().all(|d| d.until == ended.checked_add(jiff::Span::new().years(5)).unwrap()));
        assert!(due(&[w.bank_outlet()]).await.is_empty(), "another outlet's is not its");
        assert!(due(&[]).await.is_empty());
        let last = found.last().unwrap();
        let today = w.service.now().date();
        let here = [w.outlet()];
        let after = store.archive_due(&here, today, Some((last.until, last.material)), 10).await.unwrap();
        assert!(after.is_empty(), "the list goes on behind its last row");

        // As the schema before it left them: the migration notes them again, once.
        let drop: &'static Sql = Box::leak(Box::new(Sql::new("drop", "DELETE FROM archive_material")));
        let forget: &'static Sql =
            Box::leak(Box::new(Sql::new("forget", "DELETE FROM meta WHERE name = 'archives'")));
        let write = |sql| Write::one(sql, Vec::new(), None);
        store.engine().transact(vec![write(drop), write(forget)]).await.unwrap();
        assert!(due(&[w.outlet()]).await.is_empty());
        store.migrate().await.unwrap();
        assert_eq!(due(&[w.outlet(), w.bank_outlet()]).await, found);

        let city = w.officer(w.org("44010000000001")).await;
        let destroy = C::DestroyMaterial(DestroyMaterial { id: scan, paper: false });
        w.by(&city, Command::of(id, destroy)).await.unwrap();
        assert_eq!(store.material(scan).await.unwrap(), None, "gone with the commit that says so");
        assert!(due(&[w.outlet()]).await.iter().all(|d| d.material != scan));
        assert_eq!(w.file(id).await.0.person.unwrap().destroyed.len(), 1);
        w.verified().await;

        // A document that is back again is found.
        store.put_material(scan, b"back").await.unwrap();
        let report = store.check().await.unwrap();
        assert!(report.findings.iter().any(|f| f.place == format!("material {scan}")), "{report:?}");
    }
}
