//! What the next restoration would come to: asked for while nothing else is done, one question at a time.

use std::sync::Arc;

use crate::{
    engine::DeviceChoice,
    imaging::Photo,
    restore::{Forecast, Recipe},
    worker::{Body, End, Event, JobId},
};

/// What a forecast is about.
#[derive(Debug, Clone)]
pub struct Question {
    /// The photo that is open.
    pub photo: Arc<Photo>,
    /// What would be done to it.
    pub recipe: Recipe,
    /// Where.
    pub device: DeviceChoice,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.photo, &other.photo) && self.recipe == other.recipe && self.device == other.device
    }
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum EstimateAnswer {
    /// What it would come to, and what would keep it from being saved beside the photo in its format: a
    /// sentence for people.
    Forecast(Forecast, Option<String>),
    /// Why it can't be done: a sentence for people.
    Refused(String),
}

/// The latest answer, and the question under way.
#[derive(Debug, Default)]
pub struct ForecastState {
    asked: Option<(JobId, Question)>,
    answered: Option<(Question, EstimateAnswer)>,
}

impl ForecastState {
    /// Whether `question` should be asked now: nothing is under way, and it is not what was answered last.
    pub fn wants(&self, question: &Question) -> bool {
        self.asked.is_none() && self.answered.as_ref().is_none_or(|(answered, _)| answered != question)
    }

    /// `question` was asked as this job.
    pub fn ask(&mut self, job: JobId, question: Question) {
        self.asked = Some((job, question));
    }

    /// The job under way.
    pub fn job(&self) -> Option<JobId> {
        self.asked.as_ref().map(|(job, _)| *job)
    }

    /// Takes in an event of that job.
    pub fn apply(&mut self, event: Event) {
        let answer = match event.body {
            Body::End(End::Estimated { forecast, warning, .. }) => Some(EstimateAnswer::Forecast(forecast, warning)),
            Body::End(End::Failed(error)) => Some(EstimateAnswer::Refused(error.to_string())),
            Body::End(_) => None,
            Body::Update(_) => return,
        };
        if let Some((_, question)) = self.asked.take() {
            self.answered = answer.map(|answer| (question, answer));
        }
    }

    /// The answer to this question, if it is the latest one.
    pub fn answer_to(&self, question: &Question) -> Option<&EstimateAnswer> {
        self.answered.as_ref().filter(|(answered, _)| answered == question).map(|(_, answer)| answer)
    }

    /// The latest answer, when it is about this photo. While a slider moves it is about the place before.
    pub fn answer(&self, photo: &Arc<Photo>) -> Option<&EstimateAnswer> {
        self.answered.as_ref().filter(|(question, _)| Arc::ptr_eq(&question.photo, photo)).map(|(_, answer)| answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format},
        pixels::{Raster, Size},
        worker::JobError,
    };

    fn question(sigma: f32) -> Question {
        let pixels = Raster::blank(3, Size::new(2, 2), Depth::Eight);
        let photo = Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() });
        let recipe = Recipe { noise: crate::restore::Noise::Sigma(sigma), ..Recipe::default() };
        Question { photo, recipe, device: DeviceChoice::Auto }
    }

    #[test]
    fn one_question_at_a_time_and_each_once() {
        let (first, mut outlook) = (question(1.0), ForecastState::default());
        let second = Question { recipe: Recipe::default(), ..first.clone() };
        assert!(outlook.wants(&first));
        outlook.ask(JobId(4), first.clone());
        assert!(!outlook.wants(&second), "one is under way");
        let forecast = Forecast { size: Size::new(2, 2), bytes: 9, memory: 8, seconds: 0.1 };
        outlook.apply(Event::end(JobId(4), End::Estimated { forecast, speeds: Vec::new(), warning: None }));
        assert!(!outlook.wants(&first) && outlook.wants(&second));
        assert_eq!(outlook.answer(&first.photo), Some(&EstimateAnswer::Forecast(forecast, None)));
        assert_eq!(outlook.answer(&question(1.0).photo), None, "another photo");
        outlook.ask(JobId(5), second.clone());
        let error = JobError::Exists("no.png".into());
        let refused = EstimateAnswer::Refused(error.to_string());
        outlook.apply(Event::end(JobId(5), End::Failed(error)));
        assert_eq!(outlook.answer(&first.photo), Some(&refused));
        assert!(!outlook.wants(&second));
    }
}
