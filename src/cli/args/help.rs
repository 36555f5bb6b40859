//! Sections at the end of `--help` and the manual pages: exit codes and JSON lines.

/// For `restore`.
pub const RESTORE: &str = "\
Files:
  A file is written under a temporary name beside its target and renamed, so it is complete or absent. Ctrl+C stops within one tile and leaves no partial file; finished results stay.

Pages:
  All pages of a TIFF are restored into a TIFF, each on its own; if one can't be, none is written. Other formats get the first page. Reduced copies and masks are no pages. Masks are those of every page; --save-mask, which writes one picture, is refused.

Many photos:
  Names of all results are decided before the first photo is read. --if-exists skip continues a run that was stopped or killed. A photo is then restored again, and its result replaced, if its bytes, the recipe, the version or a network have changed, or if its file of --save-mask is missing; the result of another photo is never replaced, nor that of other bytes from standard input. A photo that is being restored has a hidden claim (.redawn-….claim in the folder of the results), so that several processes with --if-exists skip or skip-any, also on several machines with a common file system, never do one photo twice. A claim is removed when its photo is done; that of a killed process has no lock, and is taken over. With skip they also share one file of --records.
  With --shard each process takes its own share instead.

Same bytes:
  For one version on one kind of system, the CPU engine's results are the same, byte for byte, whatever the number of threads and the other photos of the run, with AVX-512 or AVX2. With --model auto the speed decides which network is used. Processors without AVX2, another --tile and GPUs change values a little, so that some of 8 bits differ by 1; with --repair auto or a sensitivity, other pixels can be marked too.

Output:
  A progress bar on a terminal; otherwise one line for each photo. Errors, and what a format or Redawn does not keep, go to stderr.

Exit codes:
  0    all done (skipped files count as done)
  1    some inputs failed; the others are done
  2    wrong usage; nothing was done
  130  stopped by Ctrl+C or a request to terminate

Records (--records):
  One JSON object per line and result: name (of the result below OUT, which identifies it), input (absolute path, or - for standard input), input_sha256, input_bytes, input_modified (in ns since 1970), output, output_sha256, output_bytes, version, weights (SHA-256 of each network that the recipe may use), recipe (all settings that the bytes depend on), sigma, clean, jpeg, marks, model (fast or best; null if no network has both), device, driver (of the CPU its instructions and threads), seconds, width, height, pages, warnings, finished (in s since 1970). In names and paths a byte that is not UTF-8 is written as � and two hexadecimal digits. Of several lines of one name the last counts. An input of the same path, size and time as in its record is not read again; otherwise its SHA-256 decides.

JSON lines (--json):
  One object per line, with an event and, except for found, plan and summary, the input as it was given. An input has one start and then exactly one of done, failed, skipped or cancelled; if nothing can start (an unknown device), or after Ctrl+C, that comes without a start. Names that are not UTF-8 have replacement characters.
  found      photos, share (of --shard), hidden, other: the first line if a folder was searched: how many photos, and how many files left out
  start      output (planned name); the estimate: jpeg (quality whose artefacts will be removed, else null), width, height, bytes (approximate file size), memory (peak of the whole program, in bytes), seconds (approximate), model (fast or best; null if no network has both), pages. Of several pages, jpeg, width, height and memory are those of the first, bytes and seconds those of all, by their areas. The estimate is missing if the input can't be opened, or is refused or skipped
  device     device, kind, driver, reason: where it runs from now on, and why
  notice     text: a fallback, or something that is not kept
  progress   stage (preparing; preparing_gpu: devices are tried, kernels are compiled and measured; finding, filling, deblocking, denoising, enlarging), done, total (rows, or runs of the network over a tile, of all stages together, but finding is counted on its own with --save-mask; 0 while unknown). done may decrease after a fallback; page (from 1), pages: done and total are those of this page
  done       output (actual name), mask (file of the marks, else null), marks (number that were repaired, null without --repair), marked (their share of the pixels, 0 to 1), too_wide (number of holes that are left as they are, since they are too wide to be filled), jpeg (quality whose artefacts were removed, else null), jpeg_from (file: its tables, pixels: detected in them; null if it was given), sigma (removed, root mean square over the photo; measured, if the photo is clean), clean, strength, luminance, colour (in %), model (fast or best; null if no network has both), device (null if no network was needed), seconds, width, height, pages, notices. Of several pages, jpeg is the lowest quality, marks, marked and sigma are those of all together (of sigma the root mean square), clean is whether all are, width and height are those of the first
  failed     reason
  skipped    output, reason (exists, done, claimed: another process is restoring it)
  cancelled
  summary    done, failed, skipped, cancelled: their numbers; the last line
  refused    reason: with --dry-run, an input that would fail
  plan       photos, bytes, done, refused, left (to be restored), measured (how many of them), with_best, with_fast (how many of these will use that network; neither counts photos for which there is only one), seconds, result_bytes (estimates for those left, null if there are none): the last line with --dry-run";

/// For `devices`.
pub const DEVICES: &str = "\
JSON lines (--json):
  name, kind (discrete-gpu, integrated-gpu, virtual-gpu, software, cpu, other), driver, auto (whether auto selects it), reason (why it does, else null), megapixels_per_second (denoised; null for software adapters), unusable (why auto can't select it, else null)";

/// For `estimate`.
pub const ESTIMATE: &str = "\
Exit codes:
  0    all done
  1    some inputs failed; the others are done
  2    wrong usage; nothing was done
  130  stopped by Ctrl+C or a request to terminate

JSON lines (--json):
  input, sigma (over the whole photo), clean, levels (the noise at 15, 50 and 85 % of white: shadows, midtones, highlights, each with the σ of brightness and colour), jpeg (worst quality it was saved with, null if it never was a JPEG), jpeg_from (file: its tables, pixels: detected in them); or input and error";

/// For `bench`.
pub const BENCH: &str = "\
JSON (--json):
  seconds (fastest run of the network, without reading and writing files), megapixels_per_second, gflops (arithmetic of direct convolution, in 10⁹ flop/s), device, model, width, height, runs, peak_memory_bytes (null if the system does not report it); with --profile also steps (name, seconds), peak_gflops, products_gflops, and on a GPU kernels (how they divide the work)";

/// For `eval`.
pub const EVAL: &str = "\
Method:
  --noise adds Gaussian noise in floating point, without clipping. --jpeg saves a baseline JPEG (standard tables, 4:2:0). --scale shrinks by an antialiased bicubic filter. The pictures are then restored and compared with the originals: PSNR and SSIM, before, after, and of a classical method (the best Gaussian blur, or Lanczos enlargement). Enlargements are compared as in the papers: luma of BT.601 in 16–235, without a border of N px; before is the bicubic enlargement. With --grey the pictures of --jpeg are luma in 16–235, as in the papers on LIVE1. --repair paints the marked pixels white and fills them, without using what white marks hide; a mask has the name of its picture, except for the extension. The classical method averages their surroundings from coarse to fine; inside is measured on the marked pixels only.

JSON lines (--json):
  picture, before, classical, after, each with psnr (dB) and ssim; with --repair also inside, with the psnr of before, classical and after; the picture of the last line is mean";
