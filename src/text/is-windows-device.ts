/**
 * Names that Windows keeps for devices. No file and no folder can have them, also with an extension: `nul.img.xz` is the device `nul`.
 * https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file#naming-conventions
 */
const DEVICE = /^(con|prn|aux|nul|(com|lpt)[0-9¹²³])$/i

/** Says whether a file name is that of a device of Windows. */
export function isWindowsDevice(fileName: string): boolean {
  // Windows ignores blanks before the extension.
  const [stem = ''] = fileName.split('.')
  return DEVICE.test(stem.trimEnd())
}
