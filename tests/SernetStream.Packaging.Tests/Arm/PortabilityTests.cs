using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Arm;

/// <summary>A build on one processor runs on the other, on Raspberry Pi OS bookworm and newer.</summary>
public class PortabilityTests
{
    /// <summary>The glibc of Debian bookworm, and of the Raspberry Pi OS based on it.</summary>
    private static readonly Version BookwormGlibc = new(2, 36);

    /// <summary>The newest symbols of bookworm's libstdc++ (GCC 12).</summary>
    private static readonly Version BookwormLibstdcxx = new(3, 4, 30);

    private static string Output { get; } = Path.GetDirectoryName(Repository.Daemon)!;

    [Fact]
    public void Native_libraries_need_no_newer_C_library_than_bookworm_has()
    {
        var libraries = Directory.GetFiles(Path.Combine(Output, "runtimes"), "*.so*", SearchOption.AllDirectories);
        Assert.Equal(2, libraries.Length);
        foreach (var library in libraries)
        {
            var needed = ElfVersions.Needed(library);
            // Proves that the file was read: every library needs a symbol of the C library.
            Assert.Contains(needed, need => need.Library == "libc.so.6");
            Assert.All(needed, need => Assert.True(IsInBookworm(need.Version), $"{library} needs {need.Version} of {need.Library}"));
        }
    }

    [Fact]
    public void Everything_else_is_portable_code()
    {
        var assemblies = Directory.GetFiles(Output, "*.dll", SearchOption.AllDirectories);
        Assert.Contains(Repository.Daemon, assemblies);
        foreach (var assembly in assemblies)
        {
            using var file = new PEReader(File.OpenRead(assembly));
            Assert.True(file.HasMetadata, $"{assembly} is no .NET assembly");
            var flags = file.PEHeaders.CorHeader!.Flags;
            Assert.True(flags.HasFlag(CorFlags.ILOnly) && !flags.HasFlag(CorFlags.Requires32Bit), $"{assembly} is {flags}");
            Assert.True(
                file.PEHeaders.CoffHeader.Machine is Machine.I386 or Machine.Unknown, $"{assembly} is for {file.PEHeaders.CoffHeader.Machine}");
        }
    }

    [Fact]
    public void Our_code_asks_for_each_kind_of_instruction_that_only_some_processors_have()
    {
        // Vector<T> and Vector128 compile for both processors. Where there is no portable method, the code asks, and has another way.
        var ours = Directory.GetFiles(Output, "*.dll", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("SernetStream.", StringComparison.Ordinal) || name is "sernetd.dll" or "Exec.dll" or "Hermes.dll" or "OpenVoiceOS.dll" or "Webhook.dll" or "Wyoming.dll"))
            .ToList();
        Assert.InRange(ours.Count, 7, 100);
        Assert.All(ours, assembly => Assert.Subset(Asked(assembly), Called(assembly)));
        Assert.Contains("Avx2", Called(Path.Combine(Output, "SernetStream.Models.dll")));
    }

    /// <summary>Kinds of instructions, such as <c>Avx2</c>, that an assembly calls.</summary>
    private static HashSet<string> Called(string assembly) => Kinds(assembly, name => name != "get_IsSupported");

    /// <summary>Kinds of instructions that an assembly asks for.</summary>
    private static HashSet<string> Asked(string assembly) => Kinds(assembly, name => name == "get_IsSupported");

    private static HashSet<string> Kinds(string assembly, Func<string, bool> counts)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return
        [
            .. from handle in metadata.MemberReferences
               let member = metadata.GetMemberReference(handle)
               where member.Parent.Kind == HandleKind.TypeReference && counts(metadata.GetString(member.Name))
               let type = OutermostType(metadata, (TypeReferenceHandle)member.Parent)
               where metadata.GetString(type.Namespace) is "System.Runtime.Intrinsics.X86" or "System.Runtime.Intrinsics.Arm"
                   or "System.Runtime.Intrinsics.Wasm"
               select metadata.GetString(type.Name),
        ];
    }

    /// <summary>A nested type, such as <c>Avx2.X64</c>, has no namespace of its own.</summary>
    private static TypeReference OutermostType(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? OutermostType(metadata, (TypeReferenceHandle)type.ResolutionScope)
            : type;
    }

    private static bool IsInBookworm(string version)
    {
        var (name, number) = version.LastIndexOf('_') is var at and > 0 ? (version[..at], version[(at + 1)..]) : (version, "");
        return name switch
        {
            "GLIBC" => Version.Parse(number) <= BookwormGlibc,
            "GLIBCXX" => Version.Parse(number) <= BookwormLibstdcxx,
            "CXXABI" => Version.Parse(number) <= new Version(1, 3, 13),
            "GCC" => Version.Parse(number) <= new Version(12, 0, 0),
            _ => false,
        };
    }
}
