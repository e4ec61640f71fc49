//! Blocking work, on threads that may block.

/// A blocking task that has ended without a result: it has panicked, or the runtime is shutting down.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TaskError(String);

impl From<tokio::task::JoinError> for TaskError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self(error.to_string())
    }
}

/// Runs blocking work on a thread that may block. It runs to its end even if the caller waits no more.
pub async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<TaskError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(TaskError::from(error).into()),
    }
}
