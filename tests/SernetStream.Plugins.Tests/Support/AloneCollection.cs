namespace SernetStream.Plugins.Tests.Support;

/// <summary>Tests that measure the memory of this process or a duration: they run alone.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
