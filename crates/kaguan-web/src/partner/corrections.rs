//! 预制卡回盘更正: the rows that a vendor sends anew are judged together, for one may take the number of another.

use super::Door;
use super::auth::Call;
use super::bank::MOST;
use super::reader::Unread;
use super::reply::{Said, lines, verdict};
use axum::response::Response;
use kaguan_api::bank::Verdict;
use kaguan_api::problem::Problem;
use kaguan_domain::ctx::Channel;
use kaguan_domain::ids::{BlankId, BlankOrderId};
use kaguan_domain::instant::TakeMaking;
use kaguan_domain::refusal::Refusal;

fn unread(line: usize, row: String, said: Said) -> Verdict {
    let Problem { code, detail, defects, .. } = *said.0;
    Verdict { line, row, code, detail, defects }
}

/// Each row with its own verdict, in order; the row's business key finds the answer that it had before.
pub(super) async fn put_right(
    door: &Door,
    call: &Call,
    (id, what): (BlankOrderId, &str),
    rows: impl Iterator<Item = Result<(String, Result<(BlankId, TakeMaking), Refusal>), Unread>> + Send,
) -> Result<Response, Said> {
    let (mut verdicts, mut places, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for (at, row) in rows.enumerate() {
        let line = at + 1;
        if line > MOST {
            return Err(Said::protocol("too_large"));
        }
        verdicts.push(match row {
            Err(Unread { row, said }) => Some(unread(line, row, said)),
            Ok((row, Err(refusal))) => Some(unread(line, row, refusal.into())),
            Ok((row, Ok((blank, take)))) => {
                let ctx = door.service.ctx(call.actor(), Channel::Partner, Some(format!("{what}/{row}")));
                asked.push((ctx, blank, take));
                places.push((at, row));
                None
            }
        });
    }
    let outcomes = door.service.correct_rows(id, asked).await?;
    for ((at, row), outcome) in places.into_iter().zip(outcomes) {
        verdicts[at] = Some(verdict(at + 1, row, outcome)?);
    }
    lines(verdicts.into_iter().flatten())
}
