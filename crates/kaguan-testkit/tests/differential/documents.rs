//! Humans who come again and again, each with one of several passports: whose file it is, when a clerk is asked, and by what
//! everybody is found.

use crate::Planted;
use kaguan_domain::application::Decline;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Ground;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::identity::Answer;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::ids::HolderId;
use kaguan_domain::refusal::Reason;
use kaguan_service::Failure;
use kaguan_store::Subject;
use kaguan_testkit::{On, World};
use std::collections::HashMap;

const HUMANS: u32 = 6;
const PASSPORTS: u32 = 4;

/// The passport of a human: any of four, of one country.
fn passport(human: u32, which: u32) -> String {
    format!("C0{human}X0{which}T4")
}

fn draft(w: &World, n: u32, human: u32, which: u32) -> FormDraft {
    FormDraft {
        form_no: format!("4401P{n:011}"),
        document_kind: kaguan_domain::facts::document::DocumentKind::Passport.code().into(),
        document_number: passport(human, which),
        nationality: "DEU".into(),
        name: format!("ERIKA MUSTER{}", char::from(b'A' + human as u8)),
        sex: "2".into(),
        birth_date: format!("199{human}0501"),
        ..w.draft(7)
    }
}

/// One coming: the file, or what is said.
async fn comes(
    w: &World,
    draft: FormDraft,
    same: Option<Answer>,
) -> Result<HolderId, (Reason, Vec<HolderId>)> {
    let key = format!("key-{}", draft.form_no);
    let mut filled = w.apply(7, w.outlet());
    (*filled.draft, filled.same) = (draft, same);
    match w.service.apply_with(Actor::System, Channel::Console, &key, filled, Vec::new()).await {
        Ok(receipt) => match receipt.subject {
            Subject::Holder(id) => Ok(id),
            other => panic!("an application is about somebody, not {other:?}"),
        },
        Err(Failure::Refused(r)) => Err((r.reason, r.candidates.iter().map(|c| c.holder).collect())),
        Err(e) => panic!("{e}"),
    }
}

/// The first answer that differs.
pub async fn compare(on: On, seed: u64, comings: u32, planted: Planted) -> Result<(), String> {
    let w = World::new(on).await;
    let mut rng = fastrand::Rng::with_seed(seed);
    // Whose file each human's is, and who showed which passport.
    let (mut files, mut shown) = (HashMap::new(), HashMap::new());
    for n in 0..comings {
        let (human, which) = (rng.u32(..HUMANS), rng.u32(..PASSPORTS));
        let known = files.get(&human).copied();
        let found = shown.contains_key(&passport(human, which));
        let asks = known.is_some() && !found && planted != Planted::NobodyAsks;
        let mut came = comes(&w, draft(&w, n, human, which), None).await;
        if let (true, Err((Reason::PossiblySamePerson, candidates))) = (asks, &came) {
            let answer =
                Answer { candidates: candidates.clone(), same: known, reason: "核对原件".into() };
            came = comes(&w, draft(&w, n, human, which), Some(answer)).await;
        } else if asks {
            return Err(format!("coming {n} of seed {seed} on {on:?}: nobody asks who human {human} is"));
        }
        let file = match came {
            Ok(file) if known.is_none_or(|known| known == file) => file,
            other => return Err(format!("coming {n} of seed {seed} on {on:?}: {other:?}, not {known:?}")),
        };
        if known.is_none() && files.values().any(|of| *of == file) {
            return Err(format!("coming {n} of seed {seed} on {on:?}: the file of another human"));
        }
        files.insert(human, file);
        shown.insert(passport(human, which), file);
        // It ends here, so that the next may come.
        let application = w.file(file).await.0.applications.last().unwrap().id;
        let ground =
            Ground { reason: "资料有误".into(), article: "第八条".into(), remedy: "更正".into() };
        w.about(&Actor::System, file, C::Decline(Decline { application, ground })).await.unwrap();
    }
    // Whatever somebody has shown finds the file.
    let clerk = w.officer(w.outlet()).await;
    for (number, file) in shown {
        let ctx = w.service.ctx(clerk.clone(), Channel::Console, None);
        let what = LookedUp::read(&number).unwrap();
        let seen: Vec<HolderId> =
            w.service.look_up(ctx, &what, "核对").await.unwrap().iter().map(|s| s.file.id).collect();
        if seen != [file] {
            return Err(format!("a passport finds {seen:?}, not {file:?}, after seed {seed} on {on:?}"));
        }
    }
    w.verified().await;
    Ok(())
}
