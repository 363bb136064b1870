//! 死亡比对: every night a slice of all holders.

use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::card::Hold;
use kaguan_domain::holder::{DecideJoin, ProposeJoin};
use kaguan_testkit::{BOTH, World};

#[tokio::test]
async fn art_32_holders_are_compared_with_the_registers_by_night_and_a_silent_register_marks_nobody() {
    clause!(R32.5);
    for on in BOTH {
        let w = World::new(on).await;
        let (dead, _) = w.with_card(1).await;
        let (doubtful, _) = w.with_card(2).await;
        let (alive, _) = w.with_card(3).await;
        let holds = async |id| w.file(id).await.0.cards[0].holds.clone();
        // The registers are silent: nobody is marked, and they are asked again an hour later.
        w.around.registers.set_down(true);
        w.around.registers.bury(&w.draft(1).document_number);
        w.around.registers.bury_at(Register::SocialSecurity, &w.draft(2).document_number);
        let silent = w.service.compare_deaths().await.unwrap().unwrap();
        assert_eq!((silent.asked, silent.marked, silent.all), (0, 0, false));
        w.around.registers.set_down(false);
        assert_eq!(w.service.compare_deaths().await.unwrap(), None, "not within the hour");
        w.days_pass(1);
        let night = w.service.compare_deaths().await.unwrap().unwrap();
        assert_eq!((night.asked, night.marked, night.all), (3, 3, true));
        assert!(holds(dead).await.contains(&Hold::DeathConfirmed));
        assert!(holds(doubtful).await.contains(&Hold::SuspectedDeath));
        assert!(holds(alive).await.is_empty());
        assert_eq!(w.service.compare_deaths().await.unwrap(), None, "once a night");
        // The next night asks of those alone who are not confirmed, and says nothing twice.
        w.days_pass(1);
        let night = w.service.compare_deaths().await.unwrap().unwrap();
        assert_eq!((night.asked, night.marked, night.all), (2, 0, true));
        let lines = w.service.store().entries_of_command("alive.mark_death", 1, 10).await.unwrap();
        assert!(lines.len() == 3 && lines.iter().all(|l| l.actor == "system" && l.channel == "duty"));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_the_registers_are_asked_by_the_number_of_a_file_that_was_joined_into_another() {
    clause!(R32.5);
    clause!(R5.5);
    for on in BOTH {
        let w = World::new(on).await;
        let (stays, first) = w.with_card(1).await;
        let (other, _) = w.with_card(2).await;
        w.service.deliver().await.unwrap();
        let city = w.org("44010000000001");
        let (one, two) = (w.officer(city).await, w.officer(city).await);
        let join = ProposeJoin { other, reason: "本人持两证到场".into(), keep: Some(first) };
        w.about(&one, stays, C::ProposeJoin(join)).await.unwrap();
        let agreed = DecideJoin { other, approved: true, reason: String::new() };
        w.about(&two, stays, C::DecideJoin(agreed)).await.unwrap();
        // The registers know of the death by the second number alone.
        w.around.registers.bury(&w.draft(2).document_number);
        w.days_pass(1);
        let night = w.service.compare_deaths().await.unwrap().unwrap();
        assert_eq!((night.asked, night.marked, night.all), (2, 2, true), "of each number, once");
        let (file, _) = w.file(stays).await;
        assert!(file.death_confirmed());
        let numbers: Vec<_> = file.person.iter().flat_map(|p| &p.death).map(|m| m.number.clone()).collect();
        let second = w.draft(2).document_number;
        assert!(numbers.iter().all(|n| n.as_ref().is_some_and(|n| n.as_str() == second)), "{numbers:?}");
        w.verified().await;
    }
}
