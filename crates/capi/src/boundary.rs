//! What crosses the interface: pointers of C, each kind by a type of its own.
//!
//! The types here have the form of the pointers that they stand for, and only a call from C makes a value of one. What
//! the header demands of callers (a pointer that was got and not freed, a text that ends with a zero, a buffer of the
//! length that is said) is what the `unsafe` code here relies on; what can be checked is: null, alignment, and whether
//! an object is what it is taken for.
//!
//! Not here: what the functions do. Invariant: nothing outside of this module follows a pointer of C.

#![expect(
    unsafe_code,
    reason = "pointers of C are followed here, under the promises of the header"
)]

use std::ffi::{CStr, c_char, c_void};
use std::io;
use std::marker::PhantomData;
use std::os::fd::{BorrowedFd, RawFd};
use std::ptr::{self, NonNull};
use std::slice;

use crate::entry::CallError;

/// An object that C holds by a pointer. Its kind stands first, so that one kind is not taken for another.
#[repr(C)]
pub(crate) struct Handle<T> {
    kind: u32,
    object: T,
}

/// What kind an object is.
pub(crate) trait Kind {
    /// Stands at the start of the object; no two kinds have the same.
    const MARK: u32;
    /// What it is called in messages.
    const NAME: &'static str;
}

/// What stands there once an object was freed, for as long as its memory is not used again.
const FREED: u32 = 0xdead_0b1e;

/// A pointer to an object that C borrows to us for one call.
#[repr(transparent)]
pub(crate) struct Object<'c, T>(*const Handle<T>, PhantomData<&'c T>);

/// A pointer to an object that C gives back.
#[repr(transparent)]
pub(crate) struct Owned<T>(*mut Handle<T>);

/// A pointer to where C wants a value. Null if it does not want it.
#[repr(transparent)]
pub(crate) struct Out<'c, T>(*mut T, PhantomData<&'c mut T>);

/// A text of C that ends with a zero.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub(crate) struct Text<'c>(*const c_char, PhantomData<&'c CStr>);

/// The start of elements that C lets us read.
#[repr(transparent)]
pub(crate) struct Input<'c, T>(*const T, PhantomData<&'c [T]>);

/// The start of bytes that C lets us write.
#[repr(transparent)]
pub(crate) struct Output<'c>(*mut u8, PhantomData<&'c mut [u8]>);

/// What C wants to have back in its callbacks; never followed here.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User(pub(crate) *mut c_void);

// SAFETY: the pointer is handed back to C as it is; the header says that callbacks come on any thread.
unsafe impl Send for User {}
// SAFETY: as above; nothing here looks at what it points to.
unsafe impl Sync for User {}

impl<T: Kind> Handle<T> {
    /// Gives an object to C, which frees it by [`Owned::take`].
    pub(crate) fn give(object: T) -> *mut Self {
        let kind = T::MARK;
        Box::into_raw(Box::new(Self { kind, object }))
    }

    /// Whether a pointer leads to an object of this kind.
    fn check(handle: *const Self) -> Result<(), CallError> {
        let what = T::NAME;
        if handle.is_null() {
            return Err(CallError::Null { what });
        }
        if !handle.is_aligned() {
            return Err(CallError::NoSuch { what });
        }
        // SAFETY: it is neither null nor unaligned, and the header demands a pointer to an object of ours; each of them
        // begins with its kind, whichever it is.
        let kind = unsafe { ptr::read(handle.cast::<u32>()) };
        match kind {
            kind if kind == T::MARK => Ok(()),
            FREED => Err(CallError::Freed { what }),
            _other => Err(CallError::NoSuch { what }),
        }
    }
}

impl<'c, T: Kind> Object<'c, T> {
    /// The object.
    ///
    /// # Errors
    ///
    /// When there is none, or one of another kind.
    pub(crate) fn get(self) -> Result<&'c T, CallError> {
        Handle::check(self.0)?;
        // SAFETY: it is an object of this kind, which the header forbids to free during a call; nobody has a mutable
        // reference to it, since only shared ones are made of pointers.
        let handle = unsafe { &*self.0 };
        Ok(&handle.object)
    }
}

impl<T: Kind> Owned<T> {
    /// Takes the object back from C; there is none behind a null pointer.
    ///
    /// # Errors
    ///
    /// When it is of another kind.
    pub(crate) fn take(self) -> Result<Option<T>, CallError> {
        if self.0.is_null() {
            return Ok(None);
        }
        Handle::check(self.0.cast_const())?;
        // SAFETY: it is an object of this kind, made by `give`, and the header forbids to use it any more.
        let mut handle = unsafe { Box::from_raw(self.0) };
        // Volatile, or else nobody would write what nobody reads any more.
        // SAFETY: the field is there and ours.
        unsafe { ptr::write_volatile(&raw mut handle.kind, FREED) };
        Ok(Some(handle.object))
    }
}

impl<T> Out<'_, T> {
    /// Fails if C gave no place for a value that it must want.
    ///
    /// # Errors
    ///
    /// When it is null.
    pub(crate) fn demanded(self, what: &'static str) -> Result<Self, CallError> {
        if self.0.is_null() {
            return Err(CallError::Null { what });
        }
        Ok(self)
    }

    /// Puts a value there, if C wants it.
    pub(crate) fn put(&mut self, value: T) {
        if !self.0.is_null() {
            // SAFETY: the header demands null or a place for a value of this type, which may be uninitialized.
            unsafe { ptr::write(self.0, value) };
        }
    }
}

impl<'c> Text<'c> {
    /// The text, if there is one.
    ///
    /// # Errors
    ///
    /// When it is not UTF-8.
    pub(crate) fn if_given(self, what: &'static str) -> Result<Option<&'c str>, CallError> {
        if self.0.is_null() {
            return Ok(None);
        }
        // SAFETY: the header demands a text that ends with a zero and stays as it is during the call.
        let text = unsafe { CStr::from_ptr(self.0) };
        let text = text.to_str().map_err(|_| CallError::NotUtf8 { what })?;
        Ok(Some(text))
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not UTF-8.
    pub(crate) fn demanded(self, what: &'static str) -> Result<&'c str, CallError> {
        self.if_given(what)?.ok_or(CallError::Null { what })
    }
}

impl<'c, T> Input<'c, T> {
    /// This many elements.
    ///
    /// # Errors
    ///
    /// When there is no pointer, or more than a machine has.
    pub(crate) fn elements(self, count: usize, what: &'static str) -> Result<&'c [T], CallError> {
        if count == 0 {
            return Ok(&[]);
        }
        check_size::<T>(count, what)?;
        let start = NonNull::new(self.0.cast_mut()).ok_or(CallError::Null { what })?;
        if !start.is_aligned() {
            return Err(CallError::NoSuch { what });
        }
        // SAFETY: it is neither null nor unaligned, and the header demands that so many elements are there and stay as
        // they are during the call.
        Ok(unsafe { slice::from_raw_parts(start.as_ptr(), count) })
    }
}

impl<'c> Output<'c> {
    /// This many bytes, all of them zero.
    ///
    /// # Errors
    ///
    /// When there is no pointer, or more than a machine has.
    pub(crate) fn bytes(self, count: usize, what: &'static str) -> Result<&'c mut [u8], CallError> {
        if count == 0 {
            return Ok(&mut []);
        }
        check_size::<u8>(count, what)?;
        let start = NonNull::new(self.0).ok_or(CallError::Null { what })?;
        // SAFETY: it is not null, and the header demands that so many bytes are there and nobody else uses them during
        // the call. They may be uninitialized until now.
        unsafe { ptr::write_bytes(start.as_ptr(), 0, count) };
        // SAFETY: as above, and every one of them was just written.
        Ok(unsafe { slice::from_raw_parts_mut(start.as_ptr(), count) })
    }
}

fn check_size<T>(count: usize, what: &'static str) -> Result<(), CallError> {
    let bytes = count.checked_mul(size_of::<T>());
    match bytes.and_then(|bytes| isize::try_from(bytes).ok()) {
        Some(_) => Ok(()),
        None => Err(CallError::TooLarge { what, count }),
    }
}

/// A descriptor of the program, which stays open for as long as the program says.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor(RawFd);

impl Descriptor {
    /// The descriptor, for a call of the system.
    ///
    /// # Errors
    ///
    /// When the number is none of a descriptor.
    pub(crate) fn borrow(&self) -> io::Result<BorrowedFd<'_>> {
        if self.0 < 0 {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        // SAFETY: it is not -1, and the header demands that it stays open until the connection is freed. Were it closed
        // the system would say so; memory is not at stake.
        Ok(unsafe { BorrowedFd::borrow_raw(self.0) })
    }
}
