# Build rules of the tree.
#
# A folder is a library target named after its path (bigip/plan -> bigip_plan). Its public include directory holds one link,
# to that folder only, so a target can include exactly the folders that it links: an arrow that DESIGN does not allow does
# not compile.

function(podlane_folder_target folder out)
  string(REPLACE "/" "_" name "${folder}")
  set(${out} "${name}" PARENT_SCOPE)
endfunction()

function(podlane_own_include target folder)
  set(view "${CMAKE_BINARY_DIR}/arrows/${target}")
  get_filename_component(parent "${view}/${folder}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${folder}" "${view}/${folder}" SYMBOLIC)
  target_include_directories(${target} PUBLIC "${view}")
endfunction()

# podlane_library(SOURCES a.c ... [LINK targets ...])   in the folder's own CMakeLists.txt
function(podlane_library)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  podlane_folder_target("${folder}" target)
  add_library(${target} STATIC ${A_SOURCES})
  podlane_own_include(${target} "${folder}")
  target_link_libraries(${target} PUBLIC podlane_flags ${A_LINK})
endfunction()

# podlane_program(NAME SOURCES a.c ... LINK targets ...)   an installed executable
function(podlane_program name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE podlane_flags ${A_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# podlane_test(NAME SOURCES a.c ... LINK targets ... LABELS folder kind [ARGS ...])   a cmocka program under tests/unit
function(podlane_test name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK;LABELS;ARGS" ${ARGN})
  add_executable(test_${name} ${A_SOURCES})
  target_link_libraries(test_${name} PRIVATE podlane_flags ${A_LINK} PkgConfig::CMOCKA)
  target_include_directories(test_${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests/include")
  target_compile_definitions(test_${name} PRIVATE TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND test_${name} ${A_ARGS} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT 120)
endfunction()

# podlane_fuzz(PARSER LINK targets ... [LABEL folder])   tests/fuzz/fuzz_PARSER.c with seeds in tests/fuzz/corpus/PARSER
# Built with libFuzzer in the fuzz preset; elsewhere a plain driver runs the corpus as an ordinary test.
function(podlane_fuzz parser)
  cmake_parse_arguments(A "" "LABEL" "LINK" ${ARGN})
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${parser}")
  if(PODLANE_FUZZ)
    add_executable(fuzz_${parser} fuzz_${parser}.c)
    target_link_options(fuzz_${parser} PRIVATE -fsanitize=fuzzer)
    set(seconds "$ENV{PODLANE_FUZZ_SECONDS}")
    if(NOT seconds)
      set(seconds 20)
    endif()
    set(work "${CMAKE_CURRENT_BINARY_DIR}/found/${parser}")
    file(MAKE_DIRECTORY "${work}")
    add_test(NAME fuzz_${parser} COMMAND fuzz_${parser} -max_total_time=${seconds} -timeout=10
             -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 "${work}" "${corpus}")
  else()
    add_executable(fuzz_${parser} fuzz_${parser}.c corpus_main.c)
    add_test(NAME corpus_${parser} COMMAND fuzz_${parser} "${corpus}")
  endif()
  target_link_libraries(fuzz_${parser} PRIVATE podlane_flags ${A_LINK})
  if(PODLANE_FUZZ)
    set_tests_properties(fuzz_${parser} PROPERTIES LABELS "${A_LABEL};fuzz" TIMEOUT 600)
  else()
    set_tests_properties(corpus_${parser} PROPERTIES LABELS "${A_LABEL};unit" TIMEOUT 120)
  endif()
endfunction()

# podlane_embed(TARGET SYMBOL FILES ...)   adds the files to TARGET as a table of { name, data, size }, see common/base/embed.h
function(podlane_embed target symbol)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${ARGN}" -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS ${ARGN} "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
