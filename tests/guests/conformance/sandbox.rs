//! The verbs that ask something of the system underneath: files, clocks, randomness, streams, sockets.

use std::ffi::{CString, c_char, c_int, c_void};
use std::fs::{self, File, FileTimes, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::time::{Duration, Instant, SystemTime};
use std::{env, thread};

use zed_extension_api::Result;

/// Runs one verb, if it is one of these, and returns what it found.
pub fn run(verb: &str, argument: &str) -> Option<Result<Vec<String>>> {
    Some(attempt(verb, argument)?.map_err(|error| error.to_string()))
}

fn attempt(verb: &str, argument: &str) -> Option<io::Result<Vec<String>>> {
    Some(match verb {
        "work-dir" => env::current_dir().map(|folder| vec![folder.to_string_lossy().into_owned()]),
        "file" => file(argument),
        "write" => fs::write(argument, "written by the guest").and_then(|()| file(argument)),
        "truncate" => OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(argument)
            .and_then(|_| file(argument)),
        "append" => OpenOptions::new()
            .append(true)
            .open(argument)
            .and_then(|mut open| open.write_all(b", and more"))
            .and_then(|()| file(argument)),
        "make-dir" => fs::create_dir(argument).map(|()| Vec::new()),
        "remove" => fs::remove_file(argument).map(|()| Vec::new()),
        "remove-dir" => fs::remove_dir(argument).map(|()| Vec::new()),
        "rename" => {
            let (from, to) = two(argument);
            fs::rename(from, to).map(|()| Vec::new())
        }
        "hard-link" => {
            let (from, to) = two(argument);
            fs::hard_link(from, to).map(|()| Vec::new())
        }
        "symlink" => {
            let (target, path) = two(argument);
            symlink(target, path).map(|()| Vec::new())
        }
        "set-times" => set_times(argument),
        "list" => list(argument),
        "environment" => Ok(env::vars()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()),
        "print" => {
            println!("{argument}");
            eprintln!("{argument}");
            Ok(Vec::new())
        }
        "input" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| vec![text])
        }
        "time" => Ok(time()),
        "sleep" => sleep(argument),
        "random" => random(),
        #[cfg(feature = "sockets")]
        "connect" => local(argument)
            .and_then(std::net::TcpStream::connect)
            .map(|_| vec!["connected".to_owned()]),
        #[cfg(feature = "sockets")]
        "listen" => local(argument)
            .and_then(std::net::TcpListener::bind)
            .map(|_| vec!["listening".to_owned()]),
        #[cfg(feature = "sockets")]
        "datagram" => local(argument).and_then(|address| {
            let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
            socket.send_to(b"datagram", address)?;
            Ok(vec!["sent".to_owned()])
        }),
        #[cfg(feature = "sockets")]
        "look-up" => std::net::ToSocketAddrs::to_socket_addrs(&(argument, 80))
            .map(|addresses| addresses.map(|it| it.ip().to_string()).collect()),
        _ => return None,
    })
}

fn file(path: &str) -> io::Result<Vec<String>> {
    Ok(vec![fs::read_to_string(path)?])
}

fn list(path: &str) -> io::Result<Vec<String>> {
    let path = if path.is_empty() { "." } else { path };
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Sets the times of an open file, then those of its path: WASI has an operation for each.
fn set_times(path: &str) -> io::Result<Vec<String>> {
    let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
    let open = File::open(path).and_then(|open| open.set_times(times));
    let path = text(path)?;
    // SAFETY: the path ends with a NUL, and no times stand for the present.
    let of_path = result(unsafe { utimensat(CURRENT_DIR, path.as_ptr(), std::ptr::null(), 0) });
    match (open, of_path) {
        (Err(error), Err(_)) => Err(error),
        (open, path) => Ok(vec![format!("{open:?} {path:?}")]),
    }
}

/// What the clocks tell: the time of day, how much time passes between two readings, and what the second is.
fn time() -> Vec<String> {
    let first = Instant::now();
    let second = Instant::now();
    vec![
        format!(
            "{:?}",
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)
        ),
        format!("{:?}", second - first),
        format!("{second:?}"),
    ]
}

/// Sleeps, and goes on sleeping until the clock says that it is time.
fn sleep(argument: &str) -> io::Result<Vec<String>> {
    let time = Duration::from_millis(number(argument)?);
    let began = Instant::now();
    thread::sleep(time);
    while let Some(left) = time.checked_sub(began.elapsed()) {
        thread::sleep(left);
    }
    Ok(Vec::new())
}

/// A random number of the system's, and what a hash map draws.
fn random() -> io::Result<Vec<String>> {
    let mut bytes = [0_u8; 8];
    // SAFETY: there are as many bytes as it is told.
    result(unsafe { getentropy(bytes.as_mut_ptr().cast(), bytes.len()) })?;
    let hash = RandomState::new().hash_one("a word");
    Ok(vec![
        u64::from_le_bytes(bytes).to_string(),
        hash.to_string(),
    ])
}

#[cfg(feature = "sockets")]
fn local(argument: &str) -> io::Result<(std::net::Ipv4Addr, u16)> {
    let port = argument
        .parse()
        .map_err(|_| io::Error::other(format!("no number: {argument}")))?;
    Ok((std::net::Ipv4Addr::LOCALHOST, port))
}

fn number(argument: &str) -> io::Result<u64> {
    let number = argument.parse();
    number.map_err(|_| io::Error::other(format!("no number: {argument}")))
}

fn two(argument: &str) -> (&str, &str) {
    argument.split_once(' ').unwrap_or((argument, ""))
}

// The standard library has no stable way to these.
unsafe extern "C" {
    #[link_name = "symlink"]
    fn symlink_libc(target: *const c_char, path: *const c_char) -> c_int;
    fn utimensat(folder: c_int, path: *const c_char, times: *const c_void, flags: c_int) -> c_int;
    fn getentropy(buffer: *mut c_void, length: usize) -> c_int;
}

/// wasi-libc's `AT_FDCWD`.
const CURRENT_DIR: c_int = -2;

fn symlink(target: &str, path: &str) -> io::Result<()> {
    let (target, path) = (text(target)?, text(path)?);
    // SAFETY: both texts end with a NUL.
    result(unsafe { symlink_libc(target.as_ptr(), path.as_ptr()) })
}

fn text(text: &str) -> io::Result<CString> {
    CString::new(text).map_err(io::Error::other)
}

fn result(status: c_int) -> io::Result<()> {
    match status {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
