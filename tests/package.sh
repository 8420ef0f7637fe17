#!/usr/bin/env bash
# Packs the commit that is checked out from two clones, compares the packages byte by byte, looks at what is in them, and builds and runs a small worker against
# them with the lowest versions of Microsoft.Extensions that they ask for. Changes that are not committed are not packed. Needs git and a feed for the dependencies.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }

# The clone that is tested may be another user's.
printf '[safe]\n\tdirectory = *\n' >"$work/gitconfig"
export GIT_CONFIG_GLOBAL="$work/gitconfig"
SOURCE_DATE_EPOCH="$(git -C "$root" log -1 --format=%ct)"
export SOURCE_DATE_EPOCH
packages=(SmartCache SmartCache.Stages SmartCache.FFMpegCore SmartCache.HealthChecks SmartCache.S3 SmartCache.Tool)
runtimes=(linux-x64 any)
linker=clang
command -v clang >/dev/null 2>&1 || linker=gcc
first="$work/one" second="$work/another/place/of/another/length"
for clone in "$first" "$second"; do
    git clone -q "$root" "$clone"
    echo "Packing in $clone ..."
    for package in "${packages[@]}"; do
        # The analyzers have their say in every other build; they change no byte of what is packed.
        dotnet pack "$clone/src/$package" -c Release -v quiet -o "$clone/packed" -p:RunAnalyzers=false
    done

    # What the tool's package leads to: machine code, which needs a linker (clang or gcc), and for other machines the portable one.
    for runtime in "${runtimes[@]}"; do
        dotnet pack "$clone/src/SmartCache.Tool" -c Release -v quiet -o "$clone/packed" -p:RunAnalyzers=false -r "$runtime" -p:CppCompilerAndLinker="$linker"
    done
done

for package in "$first"/packed/*; do
    cmp "$package" "$second/packed/$(basename "$package")" || fail "$(basename "$package") differs between two clones of one commit."
done

for package in "${packages[@]}" "${runtimes[@]/#/SmartCache.Tool.}"; do
    inside="$work/inside/$package"
    mkdir -p "$inside"
    unzip -q "$first/packed/$package".[0-9]*.nupkg -d "$inside"
    [ -f "$inside/LICENSE" ] || fail "$package holds no LICENSE."
    [ -f "$inside/README.md" ] || fail "$package holds no README.md."
    if grep -nE '\]\((#|[^):]*\))' "$inside"/*.md; then fail "$package holds a text with a relative link."; fi
    if grep -rlF "$work" "$inside"; then fail "$package holds a path of the machine that packed it."; fi
    grep -q "commit=\"$(git -C "$root" rev-parse HEAD)\"" "$inside/$package.nuspec" || fail "$package does not name its commit."
    if grep 'id="Microsoft.Extensions' "$inside/$package.nuspec" | grep -v 'version="10.0.0"'; then fail "$package asks for more than the floor."; fi
done

echo "Building a worker against the packages ..."
mkdir "$work/worker"
cat >"$work/worker/Worker.csproj" <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="SmartCache.Stages" Version="*" />
    <PackageReference Include="SmartCache.FFMpegCore" Version="*" />
    <PackageReference Include="SmartCache.HealthChecks" Version="*" />
    <PackageReference Include="SmartCache.S3" Version="*" />
    <PackageReference Include="Microsoft.Extensions.Hosting" Version="[10.0.0]" />
  </ItemGroup>
</Project>
PROJECT
cat >"$work/worker/Program.cs" <<'PROGRAM'
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using SmartCache;

var builder = Host.CreateApplicationBuilder();
builder.AddSmartCache(options => options.Directory = "cache").UseKubo(new Uri("http://127.0.0.1:5001")).UseS3Remote();
builder.Services.AddSingleton<IVideoDownloader, Copying>();
builder.Services.AddHealthChecks().AddSmartCache();
// Its probe would refuse what is no video, and this worker's downloads are none.
Console.WriteLine(typeof(SmartCache.FFMpegCore.FfmpegOptions).Assembly.GetName().Name);
using var host = builder.Build();
await host.StartAsync();
var downloader = host.Services.GetRequiredService<IVideoDownloader>();
foreach (var attempt in new[] { "1", "2" })
{
    var video = await downloader.DownloadAsync(new DownloadRequest("http://example.test/video.mp4", Path.GetFullPath(attempt + ".mp4")));
    await host.Services.GetRequiredService<ICacheManager>().FlushAsync();
    Console.WriteLine($"attempt {attempt}: {video.Outcome}");
}

var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Console.WriteLine($"health: {health.Entries["smartcache"].Data["sources_state"]}");
await host.StopAsync();

internal sealed class Copying : IVideoDownloader
{
    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await File.WriteAllBytesAsync(request.DestinationPath, new byte[50_000], cancellationToken);
        return new DownloadedVideo(request.DestinationPath, 50_000);
    }
}
PROGRAM
cd "$work/worker"

# A folder of its own for what is restored: an earlier build of the same version must not answer. What else is needed may come from the machine's.
fallback="${NUGET_PACKAGES:-$HOME/.nuget/packages}"
NUGET_PACKAGES="$work/restored" dotnet build -c Release -v quiet -p:RestoreAdditionalProjectSources="$first/packed" -p:RestoreFallbackFolders="$fallback" -o out
./out/Worker >out.txt || { cat out.txt >&2; fail "The worker failed."; }
grep -q '^attempt 1: Miss$' out.txt && grep -q '^attempt 2: Hit$' out.txt || { cat out.txt >&2; fail "The worker had no hit."; }
grep -q '^health: Usable$' out.txt || { cat out.txt >&2; fail "The health check said nothing."; }

# As an operator installs it: from the package alone, into a directory of its own, and on the cache that the worker left.
NUGET_PACKAGES="$work/restored" dotnet tool install SmartCache.Tool --tool-path "$work/tools" --add-source "$first/packed" --version "$(basename "$first"/packed/SmartCache.Tool.[0-9]*.nupkg .nupkg | cut -d. -f3-)" >out.txt || { cat out.txt >&2; fail "The tool cannot be installed."; }
"$work/tools/smartcache" ls sources --json --directory cache >out.txt || { cat out.txt >&2; fail "The tool failed."; }
grep -q '"layer": "sources"' out.txt || { cat out.txt >&2; fail "The tool did not find what the worker stored."; }
for command in stats "ls profiles" jobs "history export" "report -o report.html" "evict --dry-run --to 20GB" verify explain-settings "clear --yes"; do
    "$work/tools/smartcache" $command --directory cache >out.txt || [ $? -eq 1 ] || { cat out.txt >&2; fail "smartcache $command failed."; }
done
[ -z "$(find "$work/tools" -name 'SmartCache.Tool.dll')" ] || fail "What was installed compiles itself at each start."
echo "${#packages[@]} packages: equal from two clones, whole, and a worker on the lowest versions runs with them."
