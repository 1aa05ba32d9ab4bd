#!/bin/sh
# NativeAOT of .NET 10 (ILCompiler 10.0.12, linux-x64): Avx2.IsSupported is false on every processor, and the code behind it is gone.
#
# Guess before running: without IlcInstructionSet the compiler assumes only what every x64 processor has, and asks at run time
# for the rest, as it does for SSE4.2. So `if (Avx2.IsSupported)` and `if (Vector256.IsHardwareAccelerated)` ask the processor
# too, and the code behind them has 256 bits.
#
# Seen: on a processor with AVX2, Sse42.IsSupported is true, but Avx2.IsSupported and Vector256.IsHardwareAccelerated are false.
# The program has no instruction with a register of 256 bits (ymm). With the JIT compiler the same program says true for all.
# With IlcInstructionSet=avx, Avx2.IsSupported asks the processor (Vector256.IsHardwareAccelerated remains false), but then the
# program refuses to start on a processor without AVX: "The required instruction sets are not supported by the current CPU."
#
# Needs the .NET SDK 10, clang and binutils.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > probe.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <PublishAot>true</PublishAot>
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
  <ItemGroup>
    <KnownILCompilerPack Update="Microsoft.DotNet.ILCompiler" ILCompilerPackVersion="10.0.12" />
  </ItemGroup>
</Project>
XML
cat > Program.cs <<'CS'
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

var hasAvx2 = (X86Base.CpuId(7, 0).Ebx >> 5 & 1) != 0;
Console.WriteLine($"the processor has AVX2: {hasAvx2}; Sse42.IsSupported {Sse42.IsSupported}, Avx2.IsSupported {Avx2.IsSupported}, "
    + $"Vector256.IsHardwareAccelerated {Vector256.IsHardwareAccelerated}; sum {Sum([1, 2, 3, 4, 5, 6, 7, 8])}");

[MethodImpl(MethodImplOptions.NoInlining)]
static float Sum(float[] values) => Avx2.IsSupported ? Vector256.Sum(Vector256.Create<float>(values)) : values.Sum();
CS
said() { "$@" | tee /dev/stderr; }
dotnet publish -c Release -r linux-x64 -o native -v quiet -clp:NoSummary >&2
native=$(said native/probe)
jit=$(said dotnet run -c Release -r linux-x64 --property:PublishAot=false)
objdump -d --no-show-raw-insn native/probe > listing
grep -q '%xmm' listing
wide=$(grep -c '%ymm' listing || true)
echo "instructions with ymm registers in the native program: $wide"
case "$jit" in *"has AVX2: False"*) echo "this processor has no AVX2: nothing to be seen here"; exit 1 ;; esac
case "$native" in *"Sse42.IsSupported True, Avx2.IsSupported False, Vector256.IsHardwareAccelerated False"*) ;; *) exit 1 ;; esac
case "$jit" in *"Avx2.IsSupported True, Vector256.IsHardwareAccelerated True"*) ;; *) exit 1 ;; esac
[ "$wide" -eq 0 ]
