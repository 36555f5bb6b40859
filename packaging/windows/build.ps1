# Builds target\package\redawn-windows.zip: a single program with icon, manifest and version.
# Needs Rust for x86_64-pc-windows-msvc and the Windows SDK: run it in a "Developer PowerShell".
$ErrorActionPreference = 'Stop'
Set-Location "$PSScriptRoot\..\.."
New-Item -ItemType Directory -Force target\package | Out-Null
rc.exe /nologo /fo target\package\redawn.res packaging\windows\redawn.rc
if ($LASTEXITCODE -ne 0) { throw 'rc.exe failed' }
cargo rustc --locked --profile dist --bin redawn -- -C "link-arg=$PWD\target\package\redawn.res"
if ($LASTEXITCODE -ne 0) { throw 'cargo failed' }
Compress-Archive -Force -DestinationPath target\package\redawn-windows.zip `
    -Path target\dist\redawn.exe, README.md, LICENSE-MIT, LICENSE-APACHE
