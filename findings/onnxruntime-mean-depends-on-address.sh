#!/bin/sh
# ONNX Runtime 1.31.1 (NuGet, linux-x64): the mean of the same numbers depends on their address in memory.
#
# Guess before running: the documentation asks for no alignment of the caller's memory. So one session, one thread and the same
# input give the same output, to the bit, wherever the input's buffer begins.
#
# Seen: ReduceMean over the last axis gives four different results for buffers at offsets 0, 4, 8 and 12 from a multiple of 64.
# From offset 16 on they repeat. So only the address modulo 16 counts: the sums run in another order, and the last bits differ.
# A managed array is aligned to 8 bytes only, so the same program answers differently from run to run. An int8 model behind such
# a mean turns the difference into a whole quantisation step. Means over other axes do not depend on the address. Memory aligned
# to 16 bytes or more always gives the same answer. Emulated processors without AVX2 and without AVX-512 behave the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > probe.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.ML.OnnxRuntime" Version="[1.31.1]" /></ItemGroup>
</Project>
XML
cat > Program.cs <<'CS'
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;

// A graph of one node, y = ReduceMean(x) over one axis of [1, 147, 64], written as protocol buffers (onnx.proto).
static byte[] Field(int number, byte[] data) => [(byte)((number << 3) | 2), .. Number((ulong)data.Length), .. data];
static byte[] Text(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));
static byte[] Whole(int number, ulong value) => [.. Number((ulong)number << 3), .. Number(value)];
static byte[] Number(ulong value)
{
    var bytes = new List<byte>();
    for (; value > 127; value >>= 7)
    {
        bytes.Add((byte)(value | 128));
    }

    bytes.Add((byte)value);
    return [.. bytes];
}

static byte[] Tensor(int number, string name, params ulong[] shape) => Field(number, [
    .. Text(1, name),
    .. Field(2, Field(1, [.. Whole(1, 1), .. Field(2, [.. shape.SelectMany(d => Field(1, Whole(1, d)))])])),
]);

static byte[] Model(int axis)
{
    byte[] axes = [.. Text(1, "axes"), .. Whole(8, (ulong)axis), .. Whole(20, 7)];
    byte[] node = [.. Text(1, "x"), .. Text(2, "y"), .. Text(4, "ReduceMean"), .. Field(5, axes)];
    byte[] graph =
    [
        .. Field(1, node), .. Text(2, "mean"), .. Tensor(11, "x", 1, 147, 64),
        .. axis == 2 ? Tensor(12, "y", 1, 147, 1) : Tensor(12, "y", 1, 1, 64),
    ];
    return [.. Whole(1, 8), .. Field(7, graph), .. Field(8, [.. Text(1, ""), .. Whole(2, 13)])];
}

unsafe string Answers(int axis)
{
    const int Count = 147 * 64;
    using var options = new SessionOptions { IntraOpNumThreads = 1 };
    using var session = new InferenceSession(Model(axis), options);
    using var run = new RunOptions();
    var memory = (byte*)NativeMemory.AlignedAlloc((Count * sizeof(float)) + 64, 64);
    var letters = new Dictionary<string, char>();
    var said = new StringBuilder();
    for (var offset = 0; offset <= 32; offset += 4)
    {
        var random = new Random(1);
        var input = (float*)(memory + offset);
        for (var i = 0; i < Count; i++)
        {
            input[i] = (random.NextSingle() * 20) - 10;
        }

        using var value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, [1, 147, 64], (nint)input, Count * sizeof(float));
        using var outputs = session.Run(run, ["x"], [value], ["y"]);
        var bits = Convert.ToHexString(MemoryMarshal.AsBytes(outputs[0].GetTensorDataAsSpan<float>()));
        letters.TryAdd(bits, (char)('A' + letters.Count));
        said.Append(letters[bits]);
    }

    NativeMemory.AlignedFree(memory);
    return said.ToString();
}

Console.WriteLine($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}");
Console.WriteLine($"offsets 0, 4, ... 32 over the last axis:  {Answers(2)}");
Console.WriteLine($"offsets 0, 4, ... 32 over the other axis: {Answers(1)}");
CS
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
ORT_TELEMETRY_DISABLED=1 HOME="$folder" NUGET_PACKAGES="$packages" dotnet run --project probe.csproj -v quiet > said
cat said
printf 'ONNX Runtime 1.31.1\noffsets 0, 4, ... 32 over the last axis:  ABCDABCDA\noffsets 0, 4, ... 32 over the other axis: AAAAAAAAA\n' | diff - said
