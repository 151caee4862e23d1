import Foundation
import Glibc

/// A file system of a few pages, to be filled. The C functions are `mount` and `umount2`.
package struct SmallDisk: Sendable {
  package let folder: String

  /// A file system can be mounted only by root.
  package static let isPossible: Bool = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "flux-disk-\(UUID().uuidString)").path
    defer { rmdir(folder) }
    guard let disk = try? SmallDisk(at: folder, bytes: 1 << 16) else { return false }
    disk.unmount()
    return true
  }()

  /// - Parameter folder: made, where the disk is to be.
  package init(at folder: String, bytes: Int) throws {
    self.folder = folder
    guard mkdir(folder, 0o700) == 0, mount("tmpfs", folder, "tmpfs", 0, "size=\(bytes)") == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
  }

  package func resize(bytes: Int) throws {
    guard mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=\(bytes)") == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
  }

  /// Writes to a file until nothing more fits.
  package func fill() throws {
    let file = open(folder + "/ballast", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    defer { close(file) }
    for size in [4_096, 1] {
      let bytes = [UInt8](repeating: 0, count: size)
      while write(file, bytes, size) > 0 {}
    }
  }

  package func unmount() { umount2(folder, Int32(MNT_DETACH)) }
}
