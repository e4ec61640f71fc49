//! The command `annexe`: everything it does is in [`cli`], everything it can do is in the library.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
