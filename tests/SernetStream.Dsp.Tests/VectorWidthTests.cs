using System.Runtime.Intrinsics;
using SernetStream.Dsp.Simd;
using SernetStream.Testing;

namespace SernetStream.Dsp.Tests;

/// <summary>All tests of the front end with every vector width, each in a child process.</summary>
[Trait("Category", "slow")]
public class VectorWidthTests(ITestOutputHelper log)
{
    private const string OnEveryWidth =
        "(FullyQualifiedName~ScalarReference|FullyQualifiedName~Golden|FullyQualifiedName~FrameSpectra|FullyQualifiedName~StreamingFrontEndTests"
        + "|FullyQualifiedName~Bad|FullyQualifiedName~Level|FullyQualifiedName~ChildWidth)&FullyQualifiedName!~Width_of_vectors&FullyQualifiedName!~An_hour";

    [Theory]
    [InlineData(VectorWidth.Scalar)]
    [InlineData(VectorWidth.Bits128)]
    [InlineData(VectorWidth.Bits128Fused)]
    [InlineData(VectorWidth.Widest)]
    public async Task Width_of_vectors_does_not_matter(VectorWidth width)
    {
        var passed = await VectorWidths.RunAsync(width, typeof(VectorWidthTests).Assembly, OnEveryWidth);
        log.WriteLine($"{width}: {passed} tests");
        Assert.InRange(passed, 80, int.MaxValue);
    }
}

/// <summary>The results of the front end are equal to the bit with every width and with scalars.</summary>
public class SameOnEveryWidthTests
{
    [Fact]
    public void Scalars_give_what_vectors_give() => Assert.Equal(Fingerprint.Here(SimdMode.Scalar), Fingerprint.Here());

    [Theory]
    [Trait("Category", "slow")]
    [InlineData(VectorWidth.Scalar)]
    [InlineData(VectorWidth.Bits128)]
    [InlineData(VectorWidth.Bits128Avx)]
    [InlineData(VectorWidth.Bits128Fused)]
    [InlineData(VectorWidth.Bits256)]
    [InlineData(VectorWidth.Widest)]
    public async Task Every_width_gives_what_this_one_gives(VectorWidth width)
    {
        var passed = await VectorWidths.RunAsync(
            width, typeof(VectorWidthTests).Assembly, "FullyQualifiedName~ChildWidth",
            KeyValuePair.Create(ChildWidthTests.Fingerprint, Fingerprint.Here()));
        Assert.Equal(2, passed);
    }
}

/// <summary>Runs in the children: they have the intended width.</summary>
public class ChildWidthTests
{
    /// <summary>The variable that tells a child its parent's result.</summary>
    public const string Fingerprint = "SERNET_TEST_FINGERPRINT";

    [Fact]
    public void A_child_computes_what_its_parent_did()
    {
        var here = Tests.Fingerprint.Here();
        Assert.Equal(Environment.GetEnvironmentVariable(Fingerprint) ?? here, here);
    }

    [Fact]
    public void A_child_has_the_width_it_was_started_for()
    {
        var expected = VectorWidths.Asked switch
        {
            VectorWidth.Scalar => (false, 128),
            VectorWidth.Bits128 or VectorWidth.Bits128Avx or VectorWidth.Bits128Fused => (true, 128),
            VectorWidth.Bits256 => (true, Math.Min(256, WidestBits())),
            VectorWidth.Widest => (true, WidestBits()),
            _ => VectorWidths.Here,
        };
        Assert.Equal(expected, VectorWidths.Here);
    }

    private static int WidestBits() =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
