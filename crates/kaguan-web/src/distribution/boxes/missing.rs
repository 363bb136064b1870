//! 登记缺卡 of cards that a list of what is in hand lacks, by whoever counts their box: each level names them itself, without opening a file.

use super::{TITLE, show};
use crate::Console;
use crate::frame::Said;
use crate::list::Asked;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::distribution::{RecordMissing, SettleDifference};
use kaguan_domain::facts::difference::Settled;
use kaguan_domain::ids::{BatchId, BoxId, CardId, HolderId};
use kaguan_domain::spelling;
use kaguan_service::{Command, Failure};

/// What is stated of all that are ticked.
struct Stated {
    since: Date,
    place: String,
    account: String,
    cards: Vec<(HolderId, CardId)>,
}

/// What was sent, or all that is missing in it.
fn stated(console: &Console, sent: &Sent) -> Result<Stated, Said> {
    let chosen = sent.fields().filter(|(name, _)| name.starts_with("card_")).map(|(_, text)| text);
    let cards: Vec<(HolderId, CardId)> = chosen
        .filter_map(|text| text.split_once('-'))
        .filter_map(|(holder, card)| Some((HolderId(holder.parse().ok()?), CardId(card.parse().ok()?))))
        .collect();
    let since = sent.text("date").trim().parse().ok().filter(|day| *day <= console.service.now().date());
    let (place, account) = (sent.text("place").trim().to_owned(), sent.text("account").trim().to_owned());
    let mut lacks = Vec::new();
    if cards.is_empty() {
        lacks.push("勾选缺失的卡");
    }
    if since.is_none() {
        lacks.push("填写不晚于今天的缺失日期");
    }
    if spelling::says_nothing(&place) {
        lacks.push("填写缺失地点或环节");
    }
    if spelling::says_nothing(&account) {
        lacks.push("填写情况说明");
    }
    match since {
        Some(since) if lacks.is_empty() => Ok(Stated { since, place, account, cards }),
        _ => Err(format!("没有登记缺卡：须{}", lacks.join("、")).into()),
    }
}

/// A shortage that the count of the box told is settled with the names of its cards; all of them, as a box with an open one lets no card go.
async fn settled(
    console: &Console,
    me: &SignedIn,
    (batch, r#box): (BatchId, BoxId),
    said: &Stated,
) -> Result<(), Said> {
    clause!(R12.1);
    let file = console.service.batch(batch).await.map_err(Failure::from)?;
    let short = file.and_then(|f| f.box_file(r#box).map(|b| b.short())).unwrap_or(0);
    if short == 0 {
        return Ok(());
    }
    if i64::try_from(said.cards.len()).unwrap_or(i64::MAX) < short {
        return Err(format!("该箱签收时登记短少{short}张，须一并勾选查明的全部{short}张，没有登记缺卡。其余已找到的，先办理清点差异处理").into());
    }
    let account = format!("核对短少的卡：{}", said.account);
    let settle = SettleDifference { r#box, settled: Settled::Short { cards: short }, account };
    let command = Command::Batch { id: batch, command: BatchCommand::SettleDifference(settle) };
    console.service.execute(me.command(console), command).await?;
    Ok(())
}

async fn recorded(console: &Console, me: &SignedIn, sent: &Sent) -> Result<String, Said> {
    let id = |name| sent.text(name).trim().parse().unwrap_or(-1);
    let said = stated(console, sent)?;
    settled(console, me, (BatchId(id("batch")), BoxId(id("box"))), &said).await?;
    let all = said.cards.len();
    for (done, (holder, card)) in said.cards.into_iter().enumerate() {
        let (place, account) = (said.place.clone(), said.account.clone());
        let missing = RecordMissing { card, since: said.since, place, account, answers: None };
        let command = Command::of(holder, HolderCommand::RecordMissing(missing));
        if let Err(why) = console.service.execute(me.command(console), command).await {
            return Err(match done {
                0 => why.into(),
                done => format!("已登记{done}张缺卡。其余未登记：{why}").into(),
            });
        }
    }
    Ok(format!("已登记{all}张缺卡，账面随之减少；请领卡网点或市卡管机构办理未领卡遗失补制"))
}

/// 登记缺卡.
pub async fn record(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R12.1);
    let frame = Frame::of(&me, TITLE);
    let frame = match recorded(&console, &me, &sent).await {
        Ok(done) => frame.done(done),
        Err(why) => frame.wrong(why),
    };
    show(&console, &me, frame, &Asked::default()).await.into_response()
}
