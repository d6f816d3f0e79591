//! Builder of malicious archives: each header field can be set freely.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// An entry, stored without compression by default.
#[derive(Clone)]
pub(crate) struct Entry {
    name: Vec<u8>,
    /// Bytes in the archive.
    bytes: Vec<u8>,
    crc: u32,
    size: u32,
    method: u16,
    flags: u16,
    mode: u32,
}

pub(crate) fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Entry {
    let bytes = content.as_ref().to_vec();
    Entry {
        name: name.as_ref().to_vec(),
        crc: crc(&bytes),
        size: u32::try_from(bytes.len()).unwrap(),
        bytes,
        method: 0,
        flags: 0x800,
        mode: 0o100_644,
    }
}

impl Entry {
    /// Sets the Unix file type and permissions.
    pub(crate) fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// Changes the name.
    pub(crate) fn named(self, name: &str) -> Self {
        let name = name.as_bytes().to_vec();
        Self { name, ..self }
    }

    /// Sets the uncompressed size in the header.
    pub(crate) fn claims(self, size: u32) -> Self {
        Self { size, ..self }
    }

    /// Sets the flag of encryption.
    pub(crate) fn encrypted(self) -> Self {
        let flags = self.flags | 1;
        Self { flags, ..self }
    }

    /// Sets the compression method.
    pub(crate) fn compressed(self, method: u16) -> Self {
        Self { method, ..self }
    }

    /// Entry of a hundred kilobytes of zeros, deflated to a few bytes.
    pub(crate) fn zeros(name: &str) -> Self {
        Self::deflated(name, &[0; 100_000])
    }

    pub(crate) fn deflated(name: &str, content: &[u8]) -> Self {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file(name, options).unwrap();
        archive.write_all(content).unwrap();
        let archived = archive.finish().unwrap().into_inner();
        let mut archive = ZipArchive::new(Cursor::new(&archived)).unwrap();
        let entry = archive.by_index(0).unwrap();
        let start = usize::try_from(entry.data_start().unwrap()).unwrap();
        let length = usize::try_from(entry.compressed_size()).unwrap();
        Self {
            bytes: archived[start..start + length].to_vec(),
            ..file(name, content).compressed(8)
        }
    }

    fn header(&self) -> Vec<u8> {
        let mut header = Vec::new();
        for number in [20, self.flags, self.method, 0, 0x21] {
            header.extend(number.to_le_bytes());
        }
        let length = u32::try_from(self.bytes.len()).unwrap();
        for number in [self.crc, length, self.size] {
            header.extend(number.to_le_bytes());
        }
        header.extend(u16::try_from(self.name.len()).unwrap().to_le_bytes());
        header.extend(0u16.to_le_bytes());
        header
    }
}

/// Builds an archive.
pub(crate) fn archive(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(entry.header());
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        directory.extend(&entry.name);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(entry.header());
        bytes.extend(&entry.name);
        bytes.extend(&entry.bytes);
    }
    let start = u32::try_from(bytes.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.iter().chain(&count));
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
