//! 人脸核验 at 自助服务设施: the provider is asked, and what it says is in the journal before anything else is done. Neither picture is kept.

use crate::exchange::refused;
use crate::looks::Identified;
use crate::outcome::Failure;
use crate::ports::FaceAsk;
use crate::service::Service;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::counter::Shown;
use kaguan_domain::facts::face::{FaceCheck, FaceResult};
use kaguan_domain::kiosk::CheckFace;
use kaguan_domain::refusal::Reason;
use std::time::Duration;

/// How long a provider is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

impl Service {
    /// Compares a face with the picture in the chip of an identity card that lies on the reader, and keeps what came of it. Whoever may do
    /// nothing alone is refused before anything is compared; no answer is 不能比对.
    pub async fn check_face(
        &self,
        ctx: Ctx,
        who: &Identified,
        (shown, until): (Shown, Option<Date>),
        ask: FaceAsk,
    ) -> Result<FaceResult, Failure> {
        clause!(R14.2);
        let command = |check| HolderCommand::CheckFace(CheckFace { shown: shown.clone(), until, check });
        self.would_do(&ctx, who, &command(FaceCheck::silent(""))).await?;
        if ask.live.is_empty() || ask.chip.is_empty() {
            return Err(refused(Reason::HolderNotVerified));
        }
        let asked = tokio::time::timeout(PATIENCE, self.partners().faces.compare(&ask)).await;
        let check = asked.unwrap_or_else(|_| FaceCheck::silent(""));
        let result = check.result;
        self.execute(ctx, Command::of(who.id(), command(check))).await?;
        Ok(result)
    }
}
